"""Several processes that publish at once, stopped and resumed before and after each use of Redis.

The real code runs against a real Redis and database; only who goes next is decided by hypothesis,
so that a failure is shrunk to the shortest schedule that shows it.
"""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from board import publisher
from board.models import Channel, Event
from realtime.envelope import Event as WireEvent
from realtime.envelope import Position
from realtime.log import Appended, EventLog, Top, connect
from realtime.signatures import KeyRing
from tests.board.live import CHANNEL, PREFIX, LiveSide, commit_events, end_of, write_events

pytestmark = pytest.mark.django_db(transaction=True)


histories = itertools.count()


def new_history() -> str:
    """No two changes share a ULID, however often the database is restored."""
    return f"h{next(histories)}-"


class Stage:
    """Lets one of several threads run at a time, from one of its stops to the next."""

    def __init__(self, works: Sequence[Callable[[], None]]) -> None:
        self._turns = [threading.Semaphore(0) for _ in works]
        self._parked = threading.Semaphore(0)
        self._local = threading.local()
        self._failures: list[BaseException] = []
        self._running = set(range(len(works)))
        self._threads = [
            threading.Thread(target=self._run, args=(number, work))
            for number, work in enumerate(works)
        ]

    def play(self, schedule: Sequence[int]) -> None:
        """Give turns by ``schedule`` and then in rotation, until all have finished."""
        for thread in self._threads:
            thread.start()
        turns = iter(schedule)
        while self._running:
            waiting = sorted(self._running)
            self._turns[waiting[next(turns, 0) % len(waiting)]].release()
            self._parked.acquire()
        for thread in self._threads:
            thread.join()
        assert not self._failures

    def stop(self) -> None:
        """Wait for the next turn; in the main thread, and where a row is locked, go on."""
        number = getattr(self._local, "number", None)
        if number is not None and not connection.in_atomic_block:
            self._parked.release()
            self._turns[number].acquire()

    def _run(self, number: int, work: Callable[[], None]) -> None:
        self._local.number = number
        self._turns[number].acquire()
        try:
            work()
        except BaseException as error:
            self._failures.append(error)
        finally:
            connection.close()
            self._running.discard(number)
            self._parked.release()


class SteppingLog(EventLog):
    """The log, with a stop before and after each use."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stage: Stage | None = None

    @contextmanager
    def _between_stops(self) -> Iterator[None]:
        if self.stage:
            self.stage.stop()
        yield
        if self.stage:
            self.stage.stop()

    def append(self, channel: str, events: Sequence[WireEvent]) -> Appended:
        with self._between_stops():
            return super().append(channel, events)

    def refill(
        self, channel: str, *, base: Position, events: Sequence[WireEvent], seen: Top
    ) -> Appended:
        with self._between_stops():
            return super().refill(channel, base=base, events=events, seen=seen)

    def tops(self, channels: Sequence[str]) -> dict[str, Top]:
        with self._between_stops():
            return super().tops(channels)


@pytest.fixture
def stepping(
    live: LiveSide, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> SteppingLog:
    keys = KeyRing.from_text(settings.WATERCOOLER_SECRET, prefix=PREFIX)
    servers = connect(live.server.url, answer_timeout_seconds=5)
    log = SteppingLog(servers, prefix=PREFIX, keys=keys)
    monkeypatch.setattr(publisher, "event_log", lambda: log)
    # Who waits for a turn must not be taken for somebody whom Redis keeps waiting.
    monkeypatch.setattr(publisher, "REQUEST_BUDGET_SECONDS", 60)
    return log


def commit() -> None:
    commit_events(CHANNEL, history=new_history())


def commit_several() -> None:
    commit_events(CHANNEL, publisher.NEWEST + 2, history=new_history())


def commit_and_die() -> None:
    with transaction.atomic():
        write_events(CHANNEL, history=new_history())
        connection.run_on_commit.clear()


def drain() -> None:
    publisher.drain(CHANNEL)


def refill() -> None:
    publisher.settle(publisher.event_log(), CHANNEL, must_refill=True)


def restore() -> None:
    """The database is put back by a few events, and a history of its own begins."""
    with transaction.atomic():
        row = Channel.objects.select_for_update().get(pk=CHANNEL)
        seq = max(1, row.seq - 3)
        Event.objects.filter(channel=row, seq__gt=seq).delete()
        row.change, row.seq = row.events.get(seq=seq).change, seq
        row.save()
        write_events(CHANNEL, history=new_history())


def fresh_start(live: LiveSide) -> None:
    live.client.flushall()
    Event.objects.all().delete()
    Channel.objects.all().delete()
    commit_events("control")
    commit_events(CHANNEL)


def all_in_line() -> bool:
    log = publisher.event_log()
    return publisher.settle(log, CHANNEL) and publisher.settle(log, "control")


def schedules(*works: Callable[[], None]) -> Any:
    """Two or three processes of up to three of ``works`` each, and who goes when."""
    process = st.lists(st.sampled_from(works), min_size=1, max_size=3)
    return st.tuples(
        st.lists(process, min_size=2, max_size=3),
        st.lists(st.integers(0, 2), max_size=40),
    )


thorough = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def play(log: SteppingLog, processes: list[list[Callable[[], None]]], turns: list[int]) -> None:
    def run(works: list[Callable[[], None]]) -> Callable[[], None]:
        def run_in_turn() -> None:
            for work in works:
                work()

        return run_in_turn

    log.stage = Stage([run(works) for works in processes])
    try:
        log.stage.play(turns)
    finally:
        log.stage = None


@thorough
@given(plan=schedules(commit, commit_several, commit_and_die, drain))
def test_events_are_announced_once_and_in_order(
    live: LiveSide, stepping: SteppingLog, plan: tuple[list[Any], list[int]]
) -> None:
    fresh_start(live)
    listener = live.listen(CHANNEL)
    play(stepping, *plan)

    assert all_in_line()
    assert listener.heard_seqs() == list(range(2, end_of(CHANNEL).seq + 1))
    assert live.is_true_to_database(CHANNEL)


@thorough
@given(data=st.data())
def test_wiped_redis_ends_true_to_the_database_in_the_same_epoch(
    live: LiveSide, stepping: SteppingLog, data: st.DataObject
) -> None:
    def wipe() -> None:
        live.server.client().flushall()

    fresh_start(live)
    before = end_of(CHANNEL)
    listener = live.listen(CHANNEL)
    play(stepping, *data.draw(schedules(commit, commit_several, commit_and_die, refill, wipe)))

    assert all_in_line()
    after = end_of(CHANNEL)
    assert live.is_true_to_database(CHANNEL)
    assert after.epoch == before.epoch
    # Whoever lacks something has heard of the newest event and sees the gap.
    heard = listener.heard_seqs()
    assert after.seq == before.seq or after.seq in heard


@thorough
@given(plan=schedules(commit, commit_and_die, drain, restore))
def test_restored_database_never_shares_an_epoch_with_what_it_lost(
    live: LiveSide, stepping: SteppingLog, plan: tuple[list[Any], list[int]]
) -> None:
    fresh_start(live)
    listener = live.listen(CHANNEL)
    play(stepping, *plan)

    assert all_in_line()
    assert live.is_true_to_database(CHANNEL)
    assert live.is_true_to_database("control")
    epoch = end_of(CHANNEL).epoch
    known = dict(Event.objects.filter(channel_id=CHANNEL).values_list("seq", "change"))
    for event in listener.heard():
        seq = event["seq"]
        assert isinstance(seq, int)
        assert event["epoch"] != epoch or known[seq] == event["change"]
