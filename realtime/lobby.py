"""Where connections wait until they are websockets, and that nobody waits there for long.

Tornado's own timeouts begin anew with every request and every part of one. Here a connection has a
fixed time for all that comes before the websocket: slow heads, bodies, idling, request after
request.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from tornado.http1connection import HTTP1ServerConnection
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPConnection, HTTPMessageDelegate
from tornado.iostream import IOStream

from realtime.metrics import Metrics


class Lobby:
    """The connections of an HTTP server, oldest first. ``clock`` gives monotonic seconds.

    Each has ``stay_seconds``; where there are more than ``most``, the oldest goes: an honest one
    becomes a websocket within milliseconds.
    """

    def __init__(
        self, *, stay_seconds: float, most: int, metrics: Metrics, clock: Callable[[], float]
    ) -> None:
        self.stay_seconds = stay_seconds
        self._most = most
        self._metrics = metrics
        self._clock = clock
        self._waiting: dict[HTTP1ServerConnection, float] = {}
        self._unheard: set[object] = set()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def enter(self, connection: HTTP1ServerConnection) -> None:
        """A connection waits for a request, its first one or another."""
        if connection in self._waiting:
            return
        self._waiting[connection] = self._clock()
        self._unheard.add(connection)
        if len(self._waiting) > self._most:
            self._drop(next(iter(self._waiting)), "crowded")
        self._set_timer()

    def hear(self, connection: object) -> None:
        """A complete request came."""
        self._unheard.discard(connection)

    def leave(self, connection: HTTP1ServerConnection) -> None:
        """A connection has closed, or is a websocket now."""
        self._waiting.pop(connection, None)
        if self._timer is not None and not self._waiting:
            self._timer.cancel()
            self._timer = None
        if connection in self._unheard:
            self._unheard.remove(connection)
            self._metrics.drops.labels(reason="no_request").inc()

    def _drop(self, connection: HTTP1ServerConnection, reason: str) -> None:
        del self._waiting[connection]
        self._unheard.discard(connection)
        self._metrics.drops.labels(reason=reason).inc()
        connection.stream.close()

    def _set_timer(self) -> None:
        if self._timer is None and self._waiting:
            oldest_at = next(iter(self._waiting.values()))
            in_seconds = oldest_at + self.stay_seconds - self._clock()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, in_seconds), self._drop_late)

    def _drop_late(self) -> None:
        self._timer = None
        latest_entry = self._clock() - self.stay_seconds
        for connection, entered_at in list(self._waiting.items()):
            if entered_at > latest_entry:
                break
            self._drop(connection, "late")
        self._set_timer()


class LobbyServer(HTTPServer):
    """An HTTP server with a ``lobby``; ``most_files`` is how many descriptors connections may use.

    Both are to be set before it listens.
    """

    lobby: Lobby
    metrics: Metrics
    most_files: float

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        # The system hands out the lowest number that is free, so this one tells how many are used.
        if stream.socket.fileno() >= self.most_files:
            self.metrics.drops.labels(reason="full").inc()
            stream.close()
        else:
            super().handle_stream(stream, address)

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        self.lobby.enter(cast(HTTP1ServerConnection, server_conn))
        return super().start_request(server_conn, request_conn)

    def on_close(self, server_conn: object) -> None:
        self.lobby.leave(cast(HTTP1ServerConnection, server_conn))
        super().on_close(server_conn)
