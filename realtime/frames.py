"""Websocket frames as clients must send them (RFC 6455, section 5), and how fragments join. Pure.

Tornado reads them more kindly than the RFC asks for: it takes unmasked frames, any close code, and
fragments without end. Here each of those is an error with a close code of its own.
"""

from dataclasses import dataclass
from enum import IntEnum

from realtime.errors import RealtimeError
from realtime.protocol import Close

# Nobody needs to cut 4 KiB into more pieces than this.
MOST_FRAGMENTS = 16
LONGEST_CONTROL_BYTES = 125

_FINAL, _RESERVED, _OPCODE = 0x80, 0x70, 0x0F
_MASKED, _LENGTH = 0x80, 0x7F
# How many bytes of length follow a length of this value.
_LENGTH_BYTES = {126: 2, 127: 8}
# RFC 6455, section 7.4: what may stand in a close frame, besides 3000 to 4999.
_CLOSE_CODES = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015)})


class FrameRefused(RealtimeError):
    """A frame ends its connection with the close code ``code``."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Opcode(IntEnum):
    """What a frame is."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA

    @property
    def is_control(self) -> bool:
        return self >= Opcode.CLOSE


@dataclass(frozen=True, slots=True)
class Head:
    """A frame's first two bytes; ``length_bytes`` more hold its length, if that is not 0."""

    is_final: bool
    opcode: Opcode
    length: int
    length_bytes: int


def read_head(data: bytes) -> Head:
    """Read a frame's first two bytes; raises ``FrameRefused``."""
    first, second = data
    if first & _RESERVED:
        raise FrameRefused(Close.PROTOCOL_ERROR, "no extension was agreed on")
    try:
        opcode = Opcode(first & _OPCODE)
    except ValueError as error:
        raise FrameRefused(Close.PROTOCOL_ERROR, "an unknown kind of frame") from error
    if not second & _MASKED:
        raise FrameRefused(Close.PROTOCOL_ERROR, "clients must mask their frames")
    length = second & _LENGTH
    head = Head(bool(first & _FINAL), opcode, length, _LENGTH_BYTES.get(length, 0))
    if opcode.is_control and not (head.is_final and length <= LONGEST_CONTROL_BYTES):
        raise FrameRefused(Close.PROTOCOL_ERROR, "a control frame too long, or in parts")
    return head


def unmask(mask: bytes, data: bytes) -> bytes:
    """Return ``data`` with every byte XORed with its byte of the four of ``mask``."""
    size = len(data)
    whole_mask = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(whole_mask, "big")).to_bytes(size, "big")


class Assembly:
    """Joins a connection's frames to messages of ``most_bytes`` at most."""

    __slots__ = ("_count", "_data", "_most_bytes", "_opcode")

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._opcode: Opcode | None = None
        self._data: bytes = b""
        self._count = 0

    def expect(self, head: Head, length: int) -> None:
        """Check a frame before its ``length`` bytes are read; raises ``FrameRefused``."""
        if head.opcode.is_control:
            return
        if (head.opcode is Opcode.CONTINUATION) is (self._opcode is None):
            raise FrameRefused(Close.PROTOCOL_ERROR, "a part of no message, or of two at once")
        if len(self._data) + length > self._most_bytes:
            raise FrameRefused(Close.TOO_BIG, "message too big")
        if self._count >= MOST_FRAGMENTS:
            raise FrameRefused(Close.PROTOCOL_ERROR, "a message in too many parts")

    def add(self, head: Head, data: bytes) -> tuple[Opcode, bytes] | None:
        """Return the message that a frame completes, if it does; raises ``FrameRefused``."""
        if head.opcode.is_control:
            return _checked(head.opcode, data)
        opcode = self._opcode or head.opcode
        whole = self._data + data
        if not head.is_final:
            self._opcode, self._data, self._count = opcode, whole, self._count + 1
            return None
        self._opcode, self._data, self._count = None, b"", 0
        return _checked(opcode, whole)


def _checked(opcode: Opcode, data: bytes) -> tuple[Opcode, bytes]:
    try:
        if opcode is Opcode.TEXT:
            data.decode()
        elif opcode is Opcode.CLOSE:
            _check_close(data)
    except UnicodeDecodeError as error:
        raise FrameRefused(Close.NOT_UTF8, "a text that is not UTF-8") from error
    return opcode, data


def _check_close(data: bytes) -> None:
    """A close frame holds nothing, or a code and a text."""
    if not data:
        return
    code = int.from_bytes(data[:2], "big")
    if len(data) == 1 or not (code in _CLOSE_CODES or 3000 <= code <= 4999):
        raise FrameRefused(Close.PROTOCOL_ERROR, "no close code")
    data[2:].decode()
