"""The fast way from one message to many websockets: a frame is built once and written as it is.

Everything that relies on how Tornado 6 works inside stands here. ``Wire`` looks for those parts
when it is made; where a release has changed them it falls back to ``write_message``, which is
slower (a Future and a Task for every message) and otherwise the same. ``is_direct`` says which one
it is, and a test insists on the fast one.

``LeanProtocol`` and ``forget_handshake`` halve what an idle connection costs: Tornado keeps the
request, both sets of headers and the coroutines of the handshake for as long as the socket lives.
``LeanProtocol`` also reads frames by the strict rules of ``realtime.frames`` in Tornado's place.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from tornado.httputil import HTTPHeaders
from tornado.iostream import IOStream, StreamClosedError
from tornado.websocket import (
    WebSocketClosedError,
    WebSocketHandler,
    WebSocketProtocol,
    WebSocketProtocol13,
)

from realtime.frames import Assembly, FrameRefused, Head, Opcode, read_head, unmask

Receiver = TypeVar("Receiver")

logger = logging.getLogger("watercooler")

_TEXT = 0x81
_PING = b"\x89\x00"

# What may still be on its way when we close: frames of a client that has not heard of it yet.
MOST_LATE_FRAMES = 64
# Read and thrown away before a socket is closed: with unread bytes the kernel would reset the
# connection, and our close frame might never arrive.
MOST_LATE_BYTES = 64 * 1024


def text_frame(payload: bytes) -> bytes:
    """Frame a text message as RFC 6455 asks of servers: final, unmasked, uncompressed."""
    size = len(payload)
    if size < 126:
        return b"%c%c%b" % (_TEXT, size, payload)
    if size < 1 << 16:
        return b"%c\x7e%b%b" % (_TEXT, size.to_bytes(2, "big"), payload)
    return b"%c\x7f%b%b" % (_TEXT, size.to_bytes(8, "big"), payload)


class LeanProtocol(WebSocketProtocol13):
    """Tornado's websocket protocol for a connection that lives long.

    It reads in a task of its own, so that the coroutines that made the handshake can end, and tells
    its ``wire`` of every frame that Tornado writes by itself (pongs, closing).
    """

    # Not in the instance's dictionary, which two more entries would make five times as big.
    __slots__ = ("_assembly", "_late_frames", "_reading", "wire")

    handler: "LeanHandler"
    wire: "Wire | None"

    def __init__(self, handler: "LeanHandler", params: Any) -> None:
        super().__init__(handler, False, params)
        self._assembly = Assembly(params.max_message_size)
        self._late_frames = 0

    async def _receive_frame_loop(self) -> None:
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            await super()._receive_frame_loop()
        except (asyncio.CancelledError, ValueError):
            # As Tornado does around its own call: the end of the process, or a malformed frame.
            self._abort()

    async def _receive_frame(self) -> None:
        try:
            head = read_head(await self._read_bytes(2))
            length = await self._read_length(head)
            self._assembly.expect(head, length)
            mask = await self._read_bytes(4)
            message = self._assembly.add(head, unmask(mask, await self._read_bytes(length)))
        except FrameRefused as error:
            if not self.server_terminated:
                self.handler.on_bad_frame(error.code, error.reason)
            await self._discard()
            return
        if message is not None:
            await self._take(*message)

    async def _read_length(self, head: Head) -> int:
        if not head.length_bytes:
            return head.length
        return int.from_bytes(await self._read_bytes(head.length_bytes), "big")

    async def _take(self, opcode: Opcode, data: bytes) -> None:
        if self.server_terminated and opcode is not Opcode.CLOSE:
            self._late_frames += 1
            if self._late_frames > MOST_LATE_FRAMES:
                await self._discard()
            return
        if opcode in (Opcode.PING, Opcode.PONG) and not self.handler.may_signal():
            return
        handled = self._handle_message(opcode, data)
        if handled is not None:
            await handled

    async def _discard(self) -> None:
        """Read what is on its way, then hang up; ``close`` has set a time limit of 5 s for that."""
        if not self.stream.writing():
            # With this the client need not wait for our end of the connection.
            with suppress(OSError):
                self.stream.socket.shutdown(socket.SHUT_WR)
        left = MOST_LATE_BYTES
        while left > 0:
            left -= len(await self.stream.read_bytes(left, partial=True))
        self._abort()

    def _write_frame(
        self, fin: bool, opcode: int, data: bytes, flags: int = 0
    ) -> "asyncio.Future[None]":
        wire = getattr(self, "wire", None)
        if wire is not None:
            wire.is_clear = False
        return super()._write_frame(fin, opcode, data, flags)


class LeanHandler(WebSocketHandler):
    """A handler whose connections speak ``LeanProtocol``."""

    def may_signal(self) -> bool:
        """Tell whether to act on a ping or pong that has come."""
        return True

    def on_bad_frame(self, code: int, reason: str) -> None:
        """Close, because the client broke the rules of websockets."""
        self.close(code, reason)

    def get_websocket_protocol(self) -> WebSocketProtocol | None:
        protocol = super().get_websocket_protocol()
        if type(protocol) is not WebSocketProtocol13:
            return protocol
        return LeanProtocol(self, protocol.params)

    def _detach_stream(self) -> IOStream:
        # Without the six attributes by which Tornado makes HTTP's methods fail from now on.
        return self.detach()


def forget_handshake(handler: WebSocketHandler) -> None:
    """Let go of what only the handshake needed; the request keeps its path, and not the ticket."""
    request = handler.request
    request.headers = _NO_HEADERS
    request.arguments = request.query_arguments = request.body_arguments = {}
    request.uri, request.query, request.body = request.path, "", b""
    for name in ("connection", "server_connection", "_start_line"):
        if hasattr(request, name):
            setattr(request, name, None)
    for name in ("_headers", "ui"):
        if hasattr(handler, name):
            setattr(handler, name, None)


_NO_HEADERS = HTTPHeaders()


class Wire:
    """One accepted websocket, as something that takes ready-made frames.

    ``is_clear`` means that ``push``, the socket's own ``send``, may be called: the way is direct,
    and no earlier byte waits. Whoever pushes must ``keep`` what the kernel did not take. No other
    method raises when the socket has closed meanwhile: its handler learns of that by itself.
    """

    __slots__ = ("_handler", "_stream", "is_clear", "is_direct", "push")

    def __init__(self, handler: WebSocketHandler) -> None:
        self._handler = handler
        protocol: Any = handler.ws_connection
        stream: Any = getattr(protocol, "stream", None)
        self._stream = stream
        self.is_direct = _has_known_parts(protocol, stream)
        self.is_clear = False
        if self.is_direct:
            self.push = stream.socket.send
            protocol.wire = self

    def send(self, frame: bytes, payload: bytes) -> None:
        """Write a text frame; ``payload`` is what is in it."""
        if self.is_direct:
            self._write(frame)
        else:
            self._write_slowly(payload)

    def keep(self, frame: bytes, sent: int) -> None:
        """Let the stream write the rest of a frame, as soon as the socket takes more."""
        self.is_clear = False
        with suppress(StreamClosedError):
            self._stream.write(memoryview(frame)[sent:])

    def retire(self) -> None:
        """Nothing may be pushed any more: a close frame is about to be sent."""
        self.is_direct = self.is_clear = False

    def ping(self) -> None:
        if self.is_direct:
            self._write(_PING)
        else:
            self._ping_slowly()

    def backlog(self) -> int:
        """Bytes that the kernel has not taken yet."""
        buffer = getattr(self._stream, "_write_buffer", None)
        return len(buffer) if buffer is not None else 0

    def written(self) -> int:
        """A number that grows when buffered bytes reach the kernel."""
        return int(getattr(self._stream, "_total_write_done_index", 0))

    def _write(self, frame: bytes) -> None:
        stream = self._stream
        if stream._closed:
            return
        sent = 0
        if not stream._write_buffer:
            try:
                sent = self.push(frame)
            except BlockingIOError:
                pass
            except OSError:
                self.is_clear = False
                stream.close(exc_info=True)
                return
        if sent < len(frame):
            self.keep(frame, sent)
        else:
            self.is_clear = True

    def _write_slowly(self, payload: bytes) -> None:
        with suppress(WebSocketClosedError):
            self._handler.write_message(payload)

    def _ping_slowly(self) -> None:
        with suppress(WebSocketClosedError):
            self._handler.ping()


def _has_known_parts(protocol: Any, stream: Any) -> bool:
    """Tell whether a direct send is safe: a plain socket whose waiting bytes we can see."""
    return (
        isinstance(protocol, LeanProtocol)
        and isinstance(stream, IOStream)
        and not isinstance(stream.socket, ssl.SSLSocket)
        and hasattr(stream, "_closed")
        and hasattr(getattr(stream, "_write_buffer", None), "__len__")
        and isinstance(getattr(stream, "_total_write_done_index", None), int)
    )


def spread(
    receivers: Sequence[Receiver],
    action: Callable[[Sequence[Receiver]], None],
    *,
    per_step: int,
    on_done: Callable[[], None] = lambda: None,
) -> None:
    """Do ``action`` for all receivers, ``per_step`` of them in a loop step, the first ones at once.

    ``receivers`` must not change; ``action`` must cope with one that has closed since.
    """
    _step(receivers, 0, action, per_step, on_done)


def _step(
    receivers: Sequence[Receiver],
    start: int,
    action: Callable[[Sequence[Receiver]], None],
    per_step: int,
    on_done: Callable[[], None],
) -> None:
    end = start + per_step
    try:
        action(receivers[start:end])
    except Exception:
        logger.exception("Writing to websockets failed.")
    if end >= len(receivers):
        on_done()
    else:
        asyncio.get_running_loop().call_soon(_step, receivers, end, action, per_step, on_done)


def one_by_one(action: Callable[[Receiver], None]) -> Callable[[Iterable[Receiver]], None]:
    """Make an action for ``spread`` from one for a single receiver."""

    def act(receivers: Iterable[Receiver]) -> None:
        for receiver in receivers:
            try:
                action(receiver)
            except Exception:
                # One that fails must not take away what the others are waiting for.
                logger.exception("Writing to a websocket failed.")

    return act
