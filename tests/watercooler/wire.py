"""Websockets by hand: frames as nobody should send them, and what a server answers."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from realtime.protocol import SUBPROTOCOL

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
MASK = b"\x1f\x2e\x3d\x4c"
PATIENCE_SECONDS = 30.0


def frame(
    payload: bytes = b"",
    *,
    opcode: int = TEXT,
    is_final: bool = True,
    is_masked: bool = True,
    reserved: int = 0,
    announced: int | None = None,
    mask: bytes = MASK,
) -> bytes:
    """Build a client's frame; ``announced`` is the length it claims, ``reserved`` 0 to 7."""
    length = len(payload) if announced is None else announced
    first = (0x80 if is_final else 0) | reserved << 4 | opcode
    masked = 0x80 if is_masked else 0
    if length < 126:
        head = bytes([first, masked | length])
    elif length < 1 << 16:
        head = bytes([first, masked | 126]) + length.to_bytes(2, "big")
    else:
        head = bytes([first, masked | 127]) + length.to_bytes(8, "big")
    if not is_masked:
        return head + payload
    whole_mask = mask * (len(payload) // 4 + 1)
    return head + mask + bytes(a ^ b for a, b in zip(payload, whole_mask, strict=False))


def close_frame(code: int = 1000, reason: bytes = b"") -> bytes:
    return frame(code.to_bytes(2, "big") + reason, opcode=CLOSE)


def handshake(target: str, headers: Mapping[str, str] | None = None) -> bytes:
    """Build the request for a websocket; ``headers`` are added, or put in place of the usual."""
    usual = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": SUBPROTOCOL,
        "Sec-WebSocket-Key": b64encode(b"x" * 16).decode(),
    }
    lines = [f"{name}: {value}" for name, value in {**usual, **(headers or {})}.items() if value]
    return "\r\n".join([f"GET {target} HTTP/1.1", *lines, "", ""]).encode("latin-1")


class RawClient:
    """A TCP connection on which anything can be sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, port: int) -> Self:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.transport.abort()

    def send(self, data: bytes) -> None:
        """Send, unless the server has hung up."""
        self._writer.write(data)

    def hang_up(self) -> None:
        """Say that nothing more will come."""
        if not self._writer.is_closing():
            self._writer.write_eof()

    async def head(self) -> str:
        """Read an answer's status line and headers."""
        reading = self._reader.readuntil(b"\r\n\r\n")
        return (await asyncio.wait_for(reading, PATIENCE_SECONDS)).decode("latin-1")

    async def answers(self, count: int) -> list[str]:
        """Read so many answers to requests, each as the text from its status line on."""
        text = ""
        # Each has a body of one line.
        while text.count("\r\n\r\n") < count or not text.endswith("\n") or text.endswith("\r\n"):
            data = await asyncio.wait_for(self._reader.read(65536), PATIENCE_SECONDS)
            assert data, f"only {text.count('HTTP/1.1 ')} answers of {count}"
            text += data.decode("latin-1")
        return text.split("HTTP/1.1 ")[1:]

    async def frame(self) -> tuple[int, bytes] | None:
        """Read a frame: its opcode and payload; None at the end of the connection."""
        try:
            return await asyncio.wait_for(self._read_frame(), PATIENCE_SECONDS)
        except (asyncio.IncompleteReadError, OSError):
            return None

    async def close_code(self) -> int | None:
        """Read to the end; return the close code that came, None where the server just hung up."""
        code = None
        while (got := await self.frame()) is not None:
            opcode, payload = got
            if opcode == CLOSE:
                code = int.from_bytes(payload[:2], "big")
                self.send(close_frame(code))
        return code

    async def rest(self) -> bytes:
        """Read all that comes until the server hangs up."""
        try:
            return await asyncio.wait_for(self._reader.read(), PATIENCE_SECONDS)
        except OSError:
            return b""

    async def _read_frame(self) -> tuple[int, bytes]:
        first, length = await self._reader.readexactly(2)
        if length >= 126:
            size = 2 if length == 126 else 8
            length = int.from_bytes(await self._reader.readexactly(size), "big")
        return first & 0x0F, await self._reader.readexactly(length)
