"""The relay, tick by tick."""

import os
from datetime import timedelta

import orjson
import pytest
from django.db import connection
from django.utils import timezone

from board import relay as relay_module
from board.models import Channel
from board.relay import HEARTBEAT_SECONDS, SWEEP_SECONDS, Relay
from realtime.names import HEARTBEAT
from realtime.signatures import KeyRing, Label
from tests.board.live import (
    CHANNEL,
    NAMES,
    PREFIX,
    LiveSide,
    commit_events,
    commit_unpublished,
    database_away,
    end_of,
    in_threads,
)
from tests.servers import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def relay(clock: Clock) -> Relay:
    return Relay(clock=clock)


def quiet_for(channel: str, age: timedelta) -> None:
    Channel.objects.filter(pk=channel).update(updated_at=timezone.now() - age)


class Beats:
    """Collects the heartbeats from now on."""

    def __init__(self, live: LiveSide) -> None:
        self._keys = KeyRing.from_text(os.environ["WATERCOOLER_SECRET"], prefix=PREFIX)
        self._pubsub = live.client.pubsub(ignore_subscribe_messages=True)
        self._pubsub.subscribe(NAMES.heartbeat())
        self._pubsub.get_message(timeout=5)

    def heard(self) -> list[tuple[int, int]]:
        """``behind`` and ``oldest_ms`` of each heartbeat since the last call."""
        found = []
        while message := self._pubsub.get_message(timeout=0.05):
            json = self._keys.verify(Label.CONTROL, HEARTBEAT, message["data"])
            beat = orjson.loads(json)
            found.append((beat["behind"], beat["oldest_ms"]))
        return found


# What it publishes


def test_relay_publishes_what_a_killed_web_process_committed(live: LiveSide, relay: Relay) -> None:
    commit_events(CHANNEL)
    listener = live.listen(CHANNEL)
    commit_unpublished(count=3)
    relay.tick()

    assert listener.heard_seqs() == [2, 3, 4]
    assert live.is_true_to_database(CHANNEL)


def test_relay_fills_a_channel_that_changed_and_has_no_log(live: LiveSide, relay: Relay) -> None:
    commit_unpublished(count=3)
    relay.tick()

    assert live.seqs(CHANNEL) == [1, 2, 3]


def test_relay_leaves_alone_what_is_in_line(live: LiveSide, relay: Relay) -> None:
    commit_events(CHANNEL)
    listener = live.listen(CHANNEL)
    relay.tick()

    assert listener.heard() == []


def test_relay_whose_clock_is_ahead_finds_the_newest_changes(live: LiveSide, relay: Relay) -> None:
    relay.tick()
    commit_events(CHANNEL)
    commit_unpublished()
    quiet_for(CHANNEL, timedelta(hours=1))
    relay.tick()
    assert live.seqs(CHANNEL) == [1, 2]


def test_channel_that_changed_long_ago_is_found_by_the_sweep(
    live: LiveSide, relay: Relay, clock: Clock
) -> None:
    relay.tick()
    commit_events("sprint.8")
    commit_events(CHANNEL)
    commit_unpublished()
    quiet_for(CHANNEL, timedelta(hours=1))
    relay.tick()
    assert live.seqs(CHANNEL) == [1]

    clock.now += SWEEP_SECONDS
    relay.tick()
    assert live.seqs(CHANNEL) == [1, 2]


def test_sweep_goes_through_all_channels_in_batches(
    live: LiveSide, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "BATCH", 2)
    names = [f"sprint.{number}" for number in range(1, 6)]
    for name in names:
        commit_unpublished(name)
        quiet_for(name, timedelta(hours=1))
    commit_events("sprint.9")
    filled = []
    for _ in range(3):
        relay.tick()
        filled.append(sum(live.top(name) is not None for name in names))

    assert filled == [2, 4, 5]


def test_quiet_channel_without_a_log_is_left_until_asked_for(
    live: LiveSide, relay: Relay, clock: Clock
) -> None:
    commit_unpublished(count=2)
    quiet_for(CHANNEL, timedelta(days=2))
    relay.tick()
    assert live.top(CHANNEL) is None

    live.client.sadd(NAMES.cold(), CHANNEL)
    relay.tick()
    assert live.seqs(CHANNEL) == [1, 2]
    assert live.client.scard(NAMES.cold()) == 0


def test_altered_entry_is_replaced_when_watercooler_asks(live: LiveSide, relay: Relay) -> None:
    commit_events(CHANNEL, 3)
    stream = NAMES.stream(CHANNEL)
    live.client.xdel(stream, "2-0")
    live.client.sadd(NAMES.cold(), CHANNEL)
    relay.tick()

    assert live.seqs(CHANNEL) == [1, 2, 3]


def test_unknown_channel_that_is_asked_for_is_forgotten(live: LiveSide, relay: Relay) -> None:
    live.client.sadd(NAMES.cold(), "sprint.404")
    listener = Beats(live)
    relay.tick()

    assert listener.heard() == [(0, 0)]
    assert live.top("sprint.404") is None


def test_control_exists_as_soon_as_watercooler_asks_for_it(live: LiveSide, relay: Relay) -> None:
    live.client.sadd(NAMES.cold(), "control")
    relay.tick()

    assert live.top("control") == end_of("control")


def test_restored_database_is_noticed(live: LiveSide, relay: Relay) -> None:
    commit_events(CHANNEL, 3)
    old = end_of(CHANNEL)
    row = Channel.objects.get(pk=CHANNEL)
    row.events.filter(seq__gt=1).delete()
    Channel.objects.filter(pk=CHANNEL).update(seq=1, change="c1")
    relay.tick()

    assert end_of(CHANNEL).epoch != old.epoch
    assert live.is_true_to_database(CHANNEL)
    assert live.is_true_to_database("control")


def test_two_relays_and_writers_at_once_leave_one_order(live: LiveSide) -> None:
    commit_events(CHANNEL)
    listener = live.listen(CHANNEL)

    def work(number: int) -> None:
        relay = Relay()
        for _ in range(8):
            if number < 2:
                relay.tick()
            elif number == 2:
                commit_events(CHANNEL)
            else:
                commit_unpublished()

    in_threads(work, 4)
    Relay().tick()
    assert listener.heard_seqs() == list(range(2, 18))
    assert live.is_true_to_database(CHANNEL)


# Heartbeats


def test_heartbeat_comes_every_two_seconds(live: LiveSide, relay: Relay, clock: Clock) -> None:
    listener = Beats(live)
    for _ in range(8):
        relay.tick()
        clock.now += HEARTBEAT_SECONDS / 4

    assert listener.heard() == [(0, 0), (0, 0)]


def test_heartbeat_tells_what_a_full_redis_refuses(
    fragile: LiveSide, relay: Relay, clock: Clock
) -> None:
    commit_events(CHANNEL)
    relay.tick()
    listener = Beats(fragile)
    fragile.client.config_set("maxmemory", 1)
    commit_events(CHANNEL, 2)
    relay.tick()
    clock.now += 3
    relay.tick()
    assert listener.heard() == [(1, 3000)]

    fragile.client.config_set("maxmemory", 0)
    relay.tick()
    assert listener.heard() == [(0, 0)]
    assert fragile.is_true_to_database(CHANNEL)


def test_deleted_channel_is_not_behind_for_ever(
    fragile: LiveSide, relay: Relay, clock: Clock
) -> None:
    fragile.client.config_set("maxmemory", 1)
    commit_events(CHANNEL)
    relay.tick()
    Channel.objects.all().delete()
    listener = Beats(fragile)
    clock.now += HEARTBEAT_SECONDS
    relay.tick()

    assert listener.heard() == [(0, 0)]


# Outages


def test_everything_is_published_after_redis_was_away(
    fragile: LiveSide, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    commit_events("project.1")
    quiet_for("project.1", timedelta(hours=1))
    commit_events(CHANNEL)
    relay.tick()
    fragile.server.stop()
    commit_unpublished(count=2)
    for _ in range(3):
        relay.tick()
    fragile.server.start()

    def both_are_back() -> bool:
        relay.tick()
        return fragile.top(CHANNEL) is not None and fragile.top("project.1") is not None

    wait_until(both_are_back)
    assert fragile.is_true_to_database(CHANNEL)
    assert fragile.is_true_to_database("project.1")
    said = [record.message for record in caplog.records if record.name == "board.relay"]
    assert len(said) == 2
    assert said[0].startswith("Redis cannot be used (")
    assert said[1] == "Redis is back."


def test_relay_survives_the_database(
    live: LiveSide, relay: Relay, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    relay.tick()
    commit_unpublished()
    listener = Beats(live)
    with database_away():
        for _ in range(3):
            clock.now += HEARTBEAT_SECONDS
            relay.tick()
    assert listener.heard() == []

    relay.tick()
    assert live.seqs(CHANNEL) == [1]
    assert listener.heard() == [(0, 0)]
    said = [record.message for record in caplog.records if record.name == "board.relay"]
    assert len(said) == 2
    assert said[0].startswith("The database cannot be read (")
    assert said[1] == "The database is back."


def test_relay_replaces_a_connection_that_was_cut(
    live: LiveSide, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    commit_unpublished()
    connection.connection.close()
    relay.tick()
    relay.tick()

    assert live.seqs(CHANNEL) == [1]
    # With CONN_HEALTH_CHECKS (PostgreSQL) Django notices before the first query.
    assert caplog.messages[-1:] in ([], ["The database is back."])
