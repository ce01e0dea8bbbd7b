"""Events are put into their envelope and read back unchanged, or refused."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.envelope import Event, compose_event, parse_event
from realtime.errors import BadMessage

PAYLOAD = '{"ts":1700000000000,"actor":"ana","model":"task","body":{"name":"Zwölf\\nBoxkämpfer"}}'


def compose(payload: str = PAYLOAD) -> Event:
    return compose_event(
        channel="sprint.7", epoch="e", seq=44, prev="c43", change="c44", payload=payload
    )


def test_event_is_one_line_with_the_address_before_the_payload() -> None:
    event = compose()

    assert b"\n" not in event.line
    assert orjson.loads(event.line) == {
        "v": 1,
        "channel": "sprint.7",
        "epoch": "e",
        "seq": 44,
        "prev": "c43",
        "change": "c44",
        **orjson.loads(PAYLOAD),
    }


def test_same_event_is_spelled_the_same_by_every_process() -> None:
    """Two processes that publish the same event must not look like two events."""
    assert compose() == compose()


def test_event_is_read_back_with_its_time() -> None:
    event = parse_event("sprint.7", compose().line)

    assert (event.channel, event.epoch, event.seq) == ("sprint.7", "e", 44)
    assert (event.prev, event.change, event.line) == ("c43", "c44", compose().line)
    assert event.ts == 1_700_000_000_000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(body=json_values)
def test_any_payload_survives(body: Any) -> None:
    payload = orjson.dumps({"model": "task", "body": body}).decode()
    line = parse_event("sprint.7", compose(payload).line).line

    assert b"\n" not in line
    assert orjson.loads(line)["body"] == body


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("channel", "sprint.8"),
        ("channel", None),
        ("epoch", 1),
        ("prev", None),
        ("change", ["c44"]),
        ("seq", 0),
        ("seq", -1),
        ("seq", "44"),
        ("seq", 44.5),
        ("seq", True),
        ("seq", None),
        ("ts", "yesterday"),
    ],
)
def test_event_with_a_wrong_field_is_refused(field: str, value: object) -> None:
    fields = {**orjson.loads(compose().line), field: value}
    with pytest.raises(BadMessage):
        parse_event("sprint.7", orjson.dumps(fields))


@pytest.mark.parametrize("field", ["channel", "epoch", "seq", "prev", "change"])
def test_event_without_a_field_is_refused(field: str) -> None:
    fields = orjson.loads(compose().line)
    del fields[field]
    with pytest.raises(BadMessage):
        parse_event("sprint.7", orjson.dumps(fields))


@pytest.mark.parametrize("line", [b"", b"null", b"[]", b'"text"', b"7", b"{", b"\xff\xfe"])
def test_what_is_no_object_is_refused(line: bytes) -> None:
    with pytest.raises(BadMessage):
        parse_event("sprint.7", line)
