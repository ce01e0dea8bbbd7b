"""Each branch of the script, against a real Redis."""

import orjson
import pytest

from realtime.envelope import Event, Position
from realtime.log import (
    COLD_TOP,
    DAMAGED_TOP,
    STREAM_LENGTH,
    TTL_SECONDS,
    EventLog,
    Outcome,
    Top,
    connect,
)
from realtime.signatures import Label
from tests.realtime.conftest import EPOCH, KEYS, NAMES, PREFIX, change_at, events
from tests.servers import OwnRedis

CHANNEL = "sprint.7"
START = Position(EPOCH, 0, "")


def at(seq: int, *, epoch: str = EPOCH, history: str = "c") -> Position:
    return Position(epoch, seq, change_at(seq, history))


def fill(log: EventLog, last: int, *, first: int = 1, channel: str = CHANNEL) -> None:
    done = log.refill(
        channel,
        base=at(first - 1),
        events=events(first, last, channel=channel),
        seen=log.top(channel),
    )
    assert done.outcome is Outcome.APPENDED


def stored_seqs(server: OwnRedis, channel: str = CHANNEL) -> list[int]:
    """The sequence numbers in the stream, each entry verified."""
    with server.client() as client:
        entries = client.xrange(NAMES.stream(channel))
    seqs = []
    for entry_id, fields in entries:
        event = orjson.loads(KEYS.verify(Label.EVENT, channel, fields[b"m"]))
        assert entry_id == b"%d-0" % event["seq"]
        seqs.append(event["seq"])
    return seqs


class Listener:
    """Collects what is announced on one pub/sub channel."""

    def __init__(self, server: OwnRedis, name: str) -> None:
        self._pubsub = server.client().pubsub(  # type: ignore[no-untyped-call]
            ignore_subscribe_messages=True
        )
        self._pubsub.subscribe(name)
        self._pubsub.get_message(timeout=5)

    def messages(self, count: int) -> list[bytes]:
        """Exactly the next ``count`` messages, and that there is none after them."""
        found = [self._pubsub.get_message(timeout=5) for _ in range(count)]
        assert self._pubsub.get_message(timeout=0) is None
        return [message["data"] for message in found if message]

    def seqs(self, count: int, label: Label = Label.EVENT, channel: str = CHANNEL) -> list[int]:
        verified = (KEYS.verify(label, channel, message) for message in self.messages(count))
        return [orjson.loads(json)["seq"] for json in verified]


# append


def test_append_to_a_channel_without_a_log_is_cold(log: EventLog, server: OwnRedis) -> None:
    answer = log.append(CHANNEL, events(1, 1))

    assert (answer.outcome, answer.top) == (Outcome.COLD, COLD_TOP)
    assert stored_seqs(server) == []


def test_append_continues_where_the_log_ends(log: EventLog, server: OwnRedis) -> None:
    fill(log, 2)
    answer = log.append(CHANNEL, events(3, 5))

    assert (answer.outcome, answer.top.position) == (Outcome.APPENDED, at(5))
    assert log.top(CHANNEL).position == at(5)
    assert stored_seqs(server) == [1, 2, 3, 4, 5]


def test_append_announces_each_event_in_order(log: EventLog, server: OwnRedis) -> None:
    fill(log, 2)
    listener = Listener(server, NAMES.events(CHANNEL))
    log.append(CHANNEL, events(3, 5))

    assert listener.seqs(3) == [3, 4, 5]


def test_events_already_there_are_duplicates(log: EventLog, server: OwnRedis) -> None:
    fill(log, 5)
    listener = Listener(server, NAMES.events(CHANNEL))

    assert log.append(CHANNEL, events(5, 5)).outcome is Outcome.DUPLICATE
    answer = log.append(CHANNEL, events(2, 3))
    assert (answer.outcome, answer.top.position) == (Outcome.DUPLICATE, at(5))
    assert listener.seqs(0) == []


def test_partly_duplicate_list_appends_the_rest(log: EventLog, server: OwnRedis) -> None:
    fill(log, 3)
    listener = Listener(server, NAMES.events(CHANNEL))

    assert log.append(CHANNEL, events(2, 5)).outcome is Outcome.APPENDED
    assert listener.seqs(2) == [4, 5]
    assert stored_seqs(server) == [1, 2, 3, 4, 5]


def test_append_beyond_the_next_event_is_a_gap(log: EventLog, server: OwnRedis) -> None:
    fill(log, 3)
    answer = log.append(CHANNEL, events(5, 6))

    assert (answer.outcome, answer.top.position) == (Outcome.GAP, at(3))
    assert stored_seqs(server) == [1, 2, 3]


@pytest.mark.parametrize(
    "others",
    [
        pytest.param(events(4, 4, epoch="e2"), id="another epoch"),
        pytest.param(events(4, 4, history="d"), id="another change before it"),
        pytest.param(events(3, 4, history="d"), id="another change at the end of the log"),
        pytest.param(events(3, 3, history="d"), id="only another change at the end of the log"),
    ],
)
def test_another_history_has_diverged(log: EventLog, server: OwnRedis, others: list[Event]) -> None:
    fill(log, 3)
    answer = log.append(CHANNEL, others)

    assert (answer.outcome, answer.top.position) == (Outcome.DIVERGED, at(3))
    assert stored_seqs(server) == [1, 2, 3]
    assert log.top(CHANNEL).position == at(3)


@pytest.mark.parametrize(
    "fields",
    [
        {"epoch": EPOCH, "seq": "three", "change": "c3"},
        {"epoch": EPOCH, "seq": "-3", "change": "c3"},
        {"epoch": EPOCH, "seq": "9" * 5000, "change": "c3"},
        {"epoch": EPOCH, "change": "c3"},
        {"seq": "3"},
    ],
)
def test_damaged_top_has_diverged_and_can_be_refilled(
    log: EventLog, server: OwnRedis, fields: dict[str, str]
) -> None:
    with server.client() as client:
        client.hset(NAMES.top(CHANNEL), mapping=fields)
    answer = log.append(CHANNEL, events(4, 4))

    assert answer.outcome is Outcome.DIVERGED
    assert answer.top.position is None
    assert answer.top == log.top(CHANNEL)
    fill(log, 4)
    assert log.top(CHANNEL).position == at(4)


def test_values_of_other_types_have_diverged_and_can_be_refilled(
    log: EventLog, server: OwnRedis
) -> None:
    with server.client() as client:
        client.set(NAMES.top(CHANNEL), "text")
        client.set(NAMES.stream(CHANNEL), "text")
    answer = log.append(CHANNEL, events(1, 1))

    assert (answer.outcome, answer.top) == (Outcome.DIVERGED, DAMAGED_TOP)
    assert log.top(CHANNEL) == DAMAGED_TOP
    fill(log, 1)
    assert stored_seqs(server) == [1]


def test_stream_that_is_no_stream_has_diverged(log: EventLog, server: OwnRedis) -> None:
    fill(log, 3)
    with server.client() as client:
        client.set(NAMES.stream(CHANNEL), "text")
    answer = log.append(CHANNEL, events(4, 4))

    assert (answer.outcome, answer.top.position) == (Outcome.DIVERGED, at(3))
    assert log.top(CHANNEL).position == at(3)


def test_stream_ahead_of_its_top_has_diverged(log: EventLog, server: OwnRedis) -> None:
    fill(log, 3)
    with server.client() as client:
        client.xadd(NAMES.stream(CHANNEL), {"m": "altered"}, id="9-0")

    assert log.append(CHANNEL, events(4, 4)).outcome is Outcome.DIVERGED


def test_long_list_keeps_about_a_thousand(log: EventLog, server: OwnRedis) -> None:
    fill(log, 500)
    for first in range(501, 2001, 500):
        assert log.append(CHANNEL, events(first, first + 499)).outcome is Outcome.APPENDED

    seqs = stored_seqs(server)
    assert STREAM_LENGTH <= len(seqs) < STREAM_LENGTH + 200
    assert seqs == list(range(seqs[0], 2001))


def test_both_keys_live_a_day_from_the_last_change(log: EventLog, server: OwnRedis) -> None:
    fill(log, 1)
    keys = [NAMES.stream(CHANNEL), NAMES.top(CHANNEL)]
    with server.client() as client:
        for key in keys:
            client.expire(key, 10)
        log.append(CHANNEL, events(2, 2))
        assert all(TTL_SECONDS - 10 < client.ttl(key) <= TTL_SECONDS for key in keys)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param([], id="nothing"),
        pytest.param([*events(1, 1), *events(3, 3)], id="a hole"),
        pytest.param([*events(1, 1), *events(2, 2, epoch="e2")], id="two epochs"),
        pytest.param([*events(1, 1), *events(2, 2, history="d")], id="two histories"),
    ],
)
def test_list_that_is_no_chain_is_a_mistake_of_the_caller(
    log: EventLog, broken: list[Event]
) -> None:
    with pytest.raises(ValueError, match=r"does not follow|nothing to append"):
        log.append(CHANNEL, broken)


def test_script_is_loaded_again_after_redis_forgot_it(log: EventLog, server: OwnRedis) -> None:
    fill(log, 1)
    with server.client() as client:
        client.script_flush()

    assert log.append(CHANNEL, events(2, 2)).outcome is Outcome.APPENDED


def test_channels_do_not_touch_one_another(log: EventLog, server: OwnRedis) -> None:
    fill(log, 3)
    fill(log, 1, channel="project.1")

    assert stored_seqs(server) == [1, 2, 3]
    assert stored_seqs(server, "project.1") == [1]


def test_events_of_control_are_signed_as_such(log: EventLog, server: OwnRedis) -> None:
    listener = Listener(server, NAMES.events("control"))
    fill(log, 1, channel="control")

    assert listener.seqs(1, Label.CONTROL, "control") == [1]


# refill


def test_refill_replaces_the_log(log: EventLog, server: OwnRedis) -> None:
    fill(log, 9)
    answer = log.refill(
        CHANNEL,
        base=at(2, epoch="e2", history="d"),
        events=events(3, 5, epoch="e2", history="d"),
        seen=log.top(CHANNEL),
    )

    assert answer.outcome is Outcome.APPENDED
    assert answer.top.position == at(5, epoch="e2", history="d")
    assert stored_seqs(server) == [3, 4, 5]


def test_refill_announces_only_the_newest(log: EventLog, server: OwnRedis) -> None:
    listener = Listener(server, NAMES.events(CHANNEL))
    fill(log, 5)

    assert listener.seqs(1) == [5]


def test_refill_without_events_leaves_an_empty_log(log: EventLog, server: OwnRedis) -> None:
    log.refill(CHANNEL, base=START, events=[], seen=COLD_TOP)

    assert log.top(CHANNEL).position == START
    assert log.append(CHANNEL, events(1, 1)).outcome is Outcome.APPENDED
    assert stored_seqs(server) == [1]


@pytest.mark.parametrize("seen", [COLD_TOP, DAMAGED_TOP, Top(b"e1", b"2", b"c2")])
def test_refill_gives_way_when_the_log_has_changed_meanwhile(
    log: EventLog, server: OwnRedis, seen: Top
) -> None:
    fill(log, 3)
    answer = log.refill(CHANNEL, base=START, events=events(1, 1), seen=seen)

    assert (answer.outcome, answer.top.position) == (Outcome.DIVERGED, at(3))
    assert stored_seqs(server) == [1, 2, 3]


# the rest


def test_tops_of_many_channels_come_in_order(log: EventLog, server: OwnRedis) -> None:
    fill(log, 3)
    fill(log, 1, channel="project.1")
    with server.client() as client:
        client.set(NAMES.top("sprint.8"), "text")

    tops = log.tops([CHANNEL, "sprint.8", "sprint.9", "project.1"])
    assert [top.position for top in tops.values()] == [at(3), None, None, at(1)]
    assert [top.is_cold for top in tops.values()] == [False, False, True, False]
    assert log.tops([]) == {}


def test_top_that_is_no_text_is_damaged() -> None:
    assert Top(b"\xff", b"3", b"c").position is None


def test_cold_channels_are_taken_once_and_nonsense_is_left_out(
    log: EventLog, server: OwnRedis
) -> None:
    with server.client() as client:
        client.sadd(NAMES.cold(), "sprint.7", "control", "sprint.x", b"\xff")

    assert sorted(log.take_cold()) == ["control", "sprint.7"]
    assert log.take_cold() == []


def test_cold_set_of_another_type_is_removed(log: EventLog, server: OwnRedis) -> None:
    with server.client() as client:
        client.set(NAMES.cold(), "text")
        assert log.take_cold() == []
        assert client.sadd(NAMES.cold(), "sprint.7") == 1


def test_heartbeat_is_signed_and_carries_its_figures(log: EventLog, server: OwnRedis) -> None:
    listener = Listener(server, f"{PREFIX}:ev:{{relay}}")
    log.publish_heartbeat(behind=2, oldest_ms=350)

    [message] = listener.messages(1)
    beat = orjson.loads(KEYS.verify(Label.CONTROL, "relay", message))
    assert (beat["channel"], beat["behind"], beat["oldest_ms"]) == ("relay", 2, 350)
    assert beat["ts"] > 1_700_000_000_000


def test_installations_sharing_a_redis_do_not_meet(log: EventLog, server: OwnRedis) -> None:
    fill(log, 3)
    other = EventLog(connect(server.url), prefix="other", keys=KEYS)
    assert other.top(CHANNEL).is_cold
