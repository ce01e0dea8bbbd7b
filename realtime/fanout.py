"""The fast way from one message to many websockets: a frame is built once and written as it is.

Everything that relies on how Tornado 6 works inside stands here. ``Wire`` looks for those parts
when it is made; where a release has changed them it falls back to ``write_message``, which is
slower (a Future and a Task for every message) and otherwise the same. ``is_direct`` says which one
it is, and a test insists on the fast one.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, TypeVar

from tornado.iostream import IOStream, StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

Receiver = TypeVar("Receiver")

logger = logging.getLogger("watercooler")

_TEXT = 0x81
_PING = b"\x89\x00"


def text_frame(payload: bytes) -> bytes:
    """Frame a text message as RFC 6455 asks of servers: final, unmasked, uncompressed."""
    size = len(payload)
    if size < 126:
        return b"%c%c%b" % (_TEXT, size, payload)
    if size < 1 << 16:
        return b"%c\x7e%b%b" % (_TEXT, size.to_bytes(2, "big"), payload)
    return b"%c\x7f%b%b" % (_TEXT, size.to_bytes(8, "big"), payload)


class Wire:
    """One accepted websocket, as something that takes ready-made frames.

    No method raises when the socket has closed meanwhile: its handler learns of that by itself.
    """

    __slots__ = ("_handler", "_stream", "is_direct")

    def __init__(self, handler: WebSocketHandler) -> None:
        self._handler = handler
        stream: Any = getattr(handler.ws_connection, "stream", None)
        self.is_direct = _has_known_parts(stream)
        self._stream = stream

    def send(self, frame: bytes, payload: bytes) -> None:
        """Write a text frame; ``payload`` is what is in it."""
        if self.is_direct:
            self._write(frame)
        else:
            self._write_slowly(payload)

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
                sent = stream.socket.send(frame)
            except BlockingIOError:
                pass
            except OSError:
                stream.close(exc_info=True)
                return
        if sent < len(frame):
            # The rest needs the stream's own machinery, which waits until the socket takes more.
            self._write_buffered(memoryview(frame)[sent:])

    def _write_buffered(self, rest: memoryview) -> None:
        with suppress(StreamClosedError):
            self._stream.write(rest)

    def _write_slowly(self, payload: bytes) -> None:
        with suppress(WebSocketClosedError):
            self._handler.write_message(payload)

    def _ping_slowly(self) -> None:
        with suppress(WebSocketClosedError):
            self._handler.ping()


def _has_known_parts(stream: Any) -> bool:
    """Tell whether a direct send is safe: a plain socket whose waiting bytes we can see."""
    return (
        isinstance(stream, IOStream)
        and not isinstance(stream.socket, ssl.SSLSocket)
        and hasattr(stream, "_closed")
        and hasattr(getattr(stream, "_write_buffer", None), "__len__")
        and isinstance(getattr(stream, "_total_write_done_index", None), int)
    )


def spread(
    receivers: Iterable[Receiver],
    action: Callable[[Receiver], None],
    *,
    per_step: int,
    on_done: Callable[[], None] = lambda: None,
) -> None:
    """Do ``action`` for all receivers, ``per_step`` of them in a loop step, the first ones at once.

    The receivers are those of this moment; ``action`` must cope with one that has closed since.
    """
    _step(iter(list(receivers)), action, per_step, on_done)


def _step(
    receivers: Iterator[Receiver],
    action: Callable[[Receiver], None],
    per_step: int,
    on_done: Callable[[], None],
) -> None:
    done = 0
    for receiver in islice(receivers, per_step):
        done += 1
        try:
            action(receiver)
        except Exception:
            # One that fails must not take away what the others are waiting for.
            logger.exception("Writing to a websocket failed.")
    if done < per_step:
        on_done()
    else:
        asyncio.get_running_loop().call_soon(_step, receivers, action, per_step, on_done)
