"""What a cluster says about itself, read."""

import pytest

from realtime.slots import Endpoint, SlotMap

ASKED = Endpoint("10.0.0.1", 7000)
A, B, REPLICA = Endpoint("10.0.0.2", 7001), Endpoint("::1", 7002), Endpoint("10.0.0.4", 7003)


def read(*entries: list[object]) -> SlotMap:
    return SlotMap.from_reply(list(entries), asked=ASKED)


def entry(first: int, last: int, *servers: Endpoint) -> list[object]:
    return [first, last, *([one.host.encode(), one.port, b"id"] for one in servers)]


def test_keys_of_one_channel_have_one_holder() -> None:
    # By Redis's own CLUSTER KEYSLOT, sprint.7 belongs to slot 8057.
    slots = read(entry(8057, 16383, B), entry(0, 8056, A, REPLICA))
    assert slots.holder("p:st:{sprint.7}") == slots.holder("q:top:{sprint.7}") == B
    assert slots.holders == [A, B]
    assert slots.members == [A, B, REPLICA]
    assert slots.is_complete


@pytest.mark.parametrize("entries", [[(0, 8056)], [(8058, 16383)], [(0, 8056), (8058, 16383)]])
def test_slot_may_have_no_holder(entries: list[tuple[int, int]]) -> None:
    slots = read(*(entry(first, last, A) for first, last in entries))
    assert slots.holder("p:st:{sprint.7}") is None
    assert not slots.is_complete


@pytest.mark.parametrize("host", [b"", b"?", None])
def test_server_without_a_name_is_where_it_was_asked(host: bytes | None) -> None:
    slots = read([0, 16383, [host, 7009, b"id"]])
    assert slots.holders == [Endpoint("10.0.0.1", 7009)]


def test_endpoints_are_written_as_in_addresses() -> None:
    assert [str(one) for one in (A, B)] == ["10.0.0.2:7001", "[::1]:7002"]


@pytest.mark.parametrize(
    "reply", [None, b"OK", [], [[0, 16383]], [[0, 16383, [b"a"]]], [[0, 16383, [b"a", b"x"]]], [5]]
)
def test_nonsense_is_refused(reply: object) -> None:
    with pytest.raises(ValueError, match=r"nonsense|no cluster"):
        SlotMap.from_reply(reply, asked=ASKED)
