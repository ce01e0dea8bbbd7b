"""Frames and how they join, without a socket. What clients see is in tests/watercooler."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tornado.util import _websocket_mask

from realtime.frames import Assembly, FrameRefused, Head, Opcode, read_head, unmask


@given(mask=st.binary(min_size=4, max_size=4), data=st.binary(max_size=300))
def test_unmasking_is_what_tornado_does(mask: bytes, data: bytes) -> None:
    assert unmask(mask, data) == _websocket_mask(mask, data)


@given(data=st.binary(min_size=2, max_size=2))
def test_head_is_read_or_refused(data: bytes) -> None:
    try:
        head = read_head(data)
    except FrameRefused:
        return
    assert data[1] & 0x80
    assert not data[0] & 0x70
    assert head.opcode in (0, 1, 2, 8, 9, 10)
    assert head.length_bytes == {126: 2, 127: 8}.get(head.length, 0)
    assert not head.opcode.is_control or (head.is_final and head.length <= 125)


@given(
    text=st.text(max_size=60),
    cuts=st.lists(st.integers(0, 240), max_size=10),
    is_text=st.booleans(),
)
def test_message_is_the_same_in_any_parts(text: str, cuts: list[int], is_text: bool) -> None:
    whole, opcode = text.encode(), Opcode.TEXT if is_text else Opcode.BINARY
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    parts = [whole[start:end] for start, end in pairwise(edges)]
    assembly = Assembly(most_bytes=len(whole))
    got = []
    for number, part in enumerate(parts):
        kind = Opcode.CONTINUATION if number else opcode
        head = Head(number == len(parts) - 1, kind, len(part), 0)
        assembly.expect(head, len(part))
        got.append(assembly.add(head, part))
    assert got == [None] * (len(parts) - 1) + [(opcode, whole)]


@given(frames=st.lists(st.tuples(st.booleans(), st.sampled_from(Opcode), st.binary(max_size=50))))
def test_no_order_of_frames_keeps_more_than_a_message(
    frames: list[tuple[bool, Opcode, bytes]],
) -> None:
    assembly = Assembly(most_bytes=100)
    for is_final, opcode, data in frames:
        head = Head(is_final or opcode.is_control, opcode, len(data), 0)
        try:
            assembly.expect(head, len(data))
            message = assembly.add(head, data)
        except FrameRefused:
            return
        assert message is None or len(message[1]) <= 100
        assert len(assembly._data) <= 100


def test_close_codes_are_those_of_the_rfc() -> None:
    good = set()
    for code in range(65536):
        try:
            Assembly(0).add(Head(True, Opcode.CLOSE, 2, 0), code.to_bytes(2, "big"))
        except FrameRefused:
            continue
        good.add(code)
    assert good == {1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)}
