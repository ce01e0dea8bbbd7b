"""What tests of publishing share: channels in the database, and what Redis shows of them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from board import publisher
from board.models import Channel, Event
from realtime.envelope import Position, compose_event
from realtime.names import KeySpace
from realtime.signatures import KeyRing, Label
from tests.servers import OwnRedis

CHANNEL = "sprint.7"
PREFIX = "sprintwall-tests"
NAMES = KeySpace(PREFIX)


def write_events(channel: str, count: int = 1, *, history: str = "c") -> None:
    """Append ``count`` events to ``channel`` as a service does, in the transaction that is open."""
    row, _ = Channel.objects.select_for_update().get_or_create(name=channel)
    written = []
    for _ in range(count):
        prev = row.change
        row.seq += 1
        row.change = f"{history}{row.seq}"
        payload = f'{{"model":"task","action":"update","id":{row.seq}}}'
        Event.objects.create(channel=row, seq=row.seq, change=row.change, payload=payload)
        written.append(
            compose_event(
                channel=channel,
                epoch=row.epoch,
                seq=row.seq,
                prev=prev,
                change=row.change,
                payload=payload,
            )
        )
    row.updated_at = timezone.now()
    row.save()
    publisher.publish_on_commit(channel, written)


def commit_events(channel: str, count: int = 1, *, history: str = "c") -> None:
    with transaction.atomic():
        write_events(channel, count, history=history)


def end_of(channel: str) -> Position:
    return Position(*Channel.objects.values_list("epoch", "seq", "change").get(name=channel))


class LiveSide:
    """What a watcher could see in Redis."""

    def __init__(self, server: OwnRedis, keys: KeyRing) -> None:
        self.server = server
        # Any: redis-py's types cover the answers of all its kinds of clients at once.
        self.client: Any = server.client()
        self._keys = keys

    def verified(self, channel: str, message: bytes) -> dict[str, object]:
        label = Label.CONTROL if channel == "control" else Label.EVENT
        event: dict[str, object] = orjson.loads(self._keys.verify(label, channel, message))
        return event

    def stored(self, channel: str) -> list[dict[str, object]]:
        """The events in the stream, verified."""
        entries = self.client.xrange(NAMES.stream(channel))
        return [self.verified(channel, fields[b"m"]) for _, fields in entries]

    def seqs(self, channel: str) -> list[object]:
        return [event["seq"] for event in self.stored(channel)]

    def top(self, channel: str) -> Position | None:
        return publisher.event_log().top(channel).position

    def is_true_to_database(self, channel: str) -> bool:
        """The stream is the end of the database's log, linked as it should be."""
        rows = Event.objects.filter(channel_id=channel).order_by("seq")
        expected = list(rows.values_list("seq", "change"))
        stored = [(event["seq"], event["change"]) for event in self.stored(channel)]
        links = [event["prev"] for event in self.stored(channel)][1:]
        return (
            self.top(channel) == end_of(channel)
            and stored == expected[len(expected) - len(stored) :]
            and links == [change for _, change in stored[:-1]]
        )

    def listen(self, channel: str) -> "Listener":
        return Listener(self, channel)


class Listener:
    """Collects what is announced on a channel from now on."""

    def __init__(self, live: LiveSide, channel: str) -> None:
        self._live = live
        self._channel = channel
        self._pubsub = live.client.pubsub(ignore_subscribe_messages=True)
        self._pubsub.subscribe(NAMES.events(channel))
        self._pubsub.get_message(timeout=5)

    def heard(self) -> list[dict[str, object]]:
        """The events announced so far and not asked for before."""
        found = []
        # What was published before this answer is in the socket's buffer by now.
        self._live.client.ping()
        while message := self._pubsub.get_message(timeout=0.05):
            found.append(self._live.verified(self._channel, message["data"]))
        return found

    def heard_seqs(self) -> list[object]:
        return [event["seq"] for event in self.heard()]


def in_threads(work: Callable[[int], None], count: int) -> None:
    """Run ``work`` in ``count`` threads at once, each with a database connection of its own."""
    failures: list[BaseException] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            start.wait()
            work(number)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@contextmanager
def database_away() -> Iterator[None]:
    """Let every new connection to the database fail."""
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = "/nonexistent/nowhere"
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name


def commit_unpublished(channel: str = CHANNEL, count: int = 1) -> None:
    """Commit as a web process does that is killed right after the commit."""
    with transaction.atomic():
        write_events(channel, count)
        connection.run_on_commit.clear()
