"""The watercooler process: websockets that carry every committed change to everybody who watches.

Handlers here translate between HTTP and ``realtime.hub``; they decide nothing about channels.
"""

import asyncio
import hmac
import ipaddress
import logging
import math
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from realtime.callers import Address, Callers, Network, find_caller
from realtime.connection import Connection
from realtime.door import EntryRefused
from realtime.duties import Duties
from realtime.errors import BadConfiguration
from realtime.fanout import LeanHandler, forget_handshake
from realtime.hub import Hub
from realtime.lobby import Lobby, LobbyServer
from realtime.metrics import CONTENT_TYPE
from realtime.protocol import SUBPROTOCOL
from realtime.signatures import KeyRing
from realtime.timing import Limits, Timing
from scrum import environment

# What one connection may have us keep of what it sent and we have not read yet.
MOST_UNREAD_BYTES = 256 * 1024
# Files that are not connections: Redis, logs, modules that are loaded late.
RESERVED_FILES = 64
# Handshakes that no honest client makes, by their result in metrics.
NEVER_HONEST = ("foreign_origin", "bad_ticket")

logger = logging.getLogger("watercooler")


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that a process is told from outside."""

    port: int
    address: str
    origins: frozenset[str]
    redis_url: str
    prefix: str
    keys: KeyRing
    metrics_token: str
    trusted_proxies: tuple[Network, ...]
    limits: Limits

    @classmethod
    def from_environment(cls) -> "Options":
        """Read the environment; raises ``EnvironmentRefused`` or ``BadConfiguration``."""
        prefix = environment.redis_prefix()
        if prefix is None:
            raise environment.EnvironmentRefused(
                "REDIS_PREFIX is not set: run `make setup` for local use, "
                "or give watercooler what `manage.py redis_prefix` prints."
            )
        return cls(
            port=environment.own_watercooler_port(),
            address=environment.bind_address(),
            origins=environment.watercooler_origins(),
            redis_url=environment.redis_url(),
            prefix=prefix,
            keys=KeyRing.from_text(environment.secret("WATERCOOLER_SECRET"), prefix=prefix),
            metrics_token=environment.metrics_token(),
            trusted_proxies=environment.trusted_proxies(),
            limits=replace(Limits(), sockets_per_user=environment.sockets_per_user()),
        )


class Refused(HTTPError):
    """429: the address has asked for too much; there is more for it in ``wait_seconds``."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(429)
        self.retry_after = math.ceil(wait_seconds)


class QuietHandler(RequestHandler):
    """A handler that lets no address ask for too much, and never logs a query string (a ticket)."""

    def initialize(self, hub: Hub, options: Options, callers: Callers) -> None:
        self._hub = hub
        self._options = options
        self._callers = callers

    def prepare(self) -> None:
        """Refuse whoever asks too often, or says too much."""
        wait_seconds = self._callers.requests.take(self._caller(), self._hub.clock())
        if wait_seconds:
            raise Refused(wait_seconds)
        if sum(1 for _ in self.request.headers.get_all()) > self._options.limits.headers:
            raise HTTPError(431)

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if not isinstance(value, HTTPError) and typ and value:
            logger.error("%s failed.", self.request.path, exc_info=(typ, value, tb))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        _, error, _ = kwargs.get("exc_info", (None, None, None))
        if isinstance(error, Refused):
            self.set_header("Retry-After", str(error.retry_after))
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code} {self._reason}\n")

    def _caller(self) -> Address:
        """The address to hold to its limits, seen through the proxies that are trusted."""
        peer = peer_of(self.request)
        chain = self.request.headers.get("X-Forwarded-For")
        return find_caller(peer, chain, self._options.trusted_proxies) or peer


class SocketHandler(QuietHandler, LeanHandler):
    """``/socket/<channel>?channel=<ticket>``"""

    def initialize(self, hub: Hub, options: Options, callers: Callers) -> None:
        super().initialize(hub, options, callers)
        self._connection: Connection | None = None

    def prepare(self) -> None:
        """Refuse pages of foreign origins; programs that are no browsers send none."""
        super().prepare()
        origin = self.request.headers.get("Origin")
        if origin is not None and origin not in self._options.origins:
            self._note_failure("foreign_origin")
            raise HTTPError(403)
        wait_seconds = self._callers.failures.wait_seconds(self._caller(), self._hub.clock())
        # Only forged tickets: others at that address, such as one office's, must get in.
        if wait_seconds and self._hub.is_forged(self._ticket(), self.path_args[0]):
            self._note_failure("rate_limited")
            raise Refused(wait_seconds)

    def check_origin(self, origin: str) -> bool:
        # Tornado's own rule would let every page of the same host in; prepare() is stricter.
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    def open(self, channel: str) -> None:
        # Two events close together must not wait for one another on a real network.
        self.set_nodelay(True)
        try:
            self._connection = self._hub.admit(
                self,
                channel=channel,
                ticket=self._ticket(),
                is_plain=self.selected_subprotocol is None,
            )
        except EntryRefused as error:
            # Accepted and closed, because browsers hide the HTTP status of a refused handshake.
            self._note_failure(error.result)
            self.close(error.code, error.reason)
        forget_handshake(self)

    def on_message(self, message: str | bytes) -> None:
        if self._connection:
            self._hub.receive(self._connection, message)

    def may_signal(self) -> bool:
        return self._connection is not None and self._hub.may_signal(self._connection)

    def on_pong(self, data: bytes) -> None:
        if self._connection:
            self._connection.ponged()

    def on_bad_frame(self, code: int, reason: str) -> None:
        if self._connection:
            self._hub.refuse_frame(self._connection, code, reason)

    def on_close(self) -> None:
        if self._connection:
            self._hub.dismiss(self._connection)

    def _ticket(self) -> str:
        return self.request.query_arguments.get("channel", [b""])[-1].decode(errors="replace")

    def _note_failure(self, result: str) -> None:
        self._hub.metrics.handshakes.labels(result=result).inc()
        if result in NEVER_HONEST:
            self._callers.failures.take(self._caller(), self._hub.clock())


class HealthHandler(QuietHandler):
    """``/health``: the process answers."""

    def get(self) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("ok\n")


class ReadyHandler(QuietHandler):
    """``/ready``: whether new connections should come here, and if not, why."""

    def get(self) -> None:
        state = self._hub.readiness()
        self.set_status(200 if state.is_live else 503)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{state.reason or 'ready'}\n")


class MetricsHandler(QuietHandler):
    """``/metrics``: for this machine, or with ``Authorization: Bearer <METRICS_TOKEN>``."""

    def get(self) -> None:
        if not (self._has_token() or is_from_loopback(self.request, self._options)):
            raise HTTPError(403)
        self.set_header("Content-Type", CONTENT_TYPE)
        self.finish(self._hub.metrics.exposition())

    def _has_token(self) -> bool:
        given = self.request.headers.get("Authorization", "").encode()
        expected = f"Bearer {self._options.metrics_token}".encode()
        return bool(self._options.metrics_token) and hmac.compare_digest(given, expected)


def peer_of(request: HTTPServerRequest) -> Address:
    return ipaddress.ip_address(request.remote_ip or "0.0.0.0")  # noqa: S104 - nobody's address


def is_from_loopback(request: HTTPServerRequest, options: Options) -> bool:
    """Tell whether a request began on this machine, seen through the proxies that are trusted."""
    peer = peer_of(request)
    chain = request.headers.get("X-Forwarded-For")
    if chain is None:
        is_direct = not request.headers.keys() & {"Forwarded", "X-Real-Ip"}
        return peer.is_loopback and is_direct
    caller = find_caller(peer, chain, options.trusted_proxies)
    # A proxy that is not trusted may be on this machine, and whom it serves is not known.
    return caller is not None and caller is not peer and caller.is_loopback


def make_application(hub: Hub, options: Options, lobby: Lobby) -> Application:
    """Return the HTTP side of ``hub``."""

    def note_answer(handler: RequestHandler) -> None:
        """Count an answer, and log what failed by its path alone: the query holds a ticket."""
        status, request = handler.get_status(), handler.request
        lobby.hear(request.server_connection)
        hub.metrics.requests.labels(status=str(status)).inc()
        if status >= 500 and not isinstance(handler, ReadyHandler):
            logger.error("%d %s", status, request.path)

    around = {"hub": hub, "options": options, "callers": Callers(options.limits)}
    return Application(
        [
            (r"/socket/([^/]+)", SocketHandler, around),
            (r"/health", HealthHandler, around),
            (r"/ready", ReadyHandler, around),
            (r"/metrics", MetricsHandler, around),
        ],
        default_handler_class=NotFoundHandler,
        default_handler_args=around,
        log_function=note_answer,
        websocket_max_message_size=options.limits.message_bytes,
    )


class NotFoundHandler(QuietHandler):
    """Everything else."""

    def prepare(self) -> None:
        super().prepare()
        raise HTTPError(404)


def make_server(hub: Hub, options: Options) -> LobbyServer:
    """Return the server in front of ``hub``."""
    limits = options.limits
    lobby = Lobby(
        stay_seconds=hub.timing.lobby_seconds,
        most=limits.lobby_connections,
        metrics=hub.metrics,
        clock=hub.clock,
    )
    server = LobbyServer(
        make_application(hub, options, lobby),
        max_header_size=limits.header_bytes,
        # No path takes a body.
        max_body_size=0,
        max_buffer_size=MOST_UNREAD_BYTES,
    )
    server.lobby, server.metrics = lobby, hub.metrics
    server.most_files = most_open_files() - RESERVED_FILES
    return server


class Process:
    """One running watercooler: a hub, its duties, and the server in front of them."""

    def __init__(self, options: Options, timing: Timing | None = None) -> None:
        self.options = options
        self.hub = Hub(
            options.redis_url,
            prefix=options.prefix,
            keys=options.keys,
            timing=timing or Timing(),
            limits=options.limits,
        )
        self._duties = Duties(self.hub)
        self._server = make_server(self.hub, options)
        self.port = options.port

    def start(self) -> None:
        """Listen and begin to work; raises ``OSError`` when the port is taken."""
        sockets = bind_sockets(self.options.port, self.options.address)
        self.port = sockets[0].getsockname()[1]
        self._server.add_sockets(sockets)
        self._duties.start()

    async def stop(self) -> None:
        """Fail ``/ready``, take no new connections, send everybody away, end."""
        self.hub.is_closing = True
        self._server.stop()
        await self._duties.say_farewell()
        await self._duties.stop()


async def serve(options: Options) -> None:
    """Run until SIGTERM or SIGINT."""
    process = Process(options)
    process.start()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    logger.info("watercooler listens on %s, port %d.", options.address, process.port)
    await stopping.wait()
    await process.stop()


def allow_many_sockets() -> None:
    """Lift the limit of open files as far as the system lets a process do that by itself."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS says that there is no limit, and refuses that as a value.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def most_open_files() -> float:
    """How many files this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return math.inf if soft == resource.RLIM_INFINITY else soft


def main() -> None:
    """Start from the environment; what is wrong with it ends the process with one sentence."""
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
    # Tornado tells of every malformed request; those are counted, and anybody can make them.
    logging.getLogger("tornado.general").setLevel(logging.WARNING)
    try:
        environment.load_env_file()
        options = Options.from_environment()
        allow_many_sockets()
        asyncio.run(serve(options))
    except (environment.EnvironmentRefused, BadConfiguration) as error:
        sys.exit(f"watercooler: {error}")
    except OSError as error:
        sys.exit(
            f"watercooler: cannot listen on {options.address}, port {options.port} "
            f"({error.strerror}): stop what uses it, or set WATERCOOLER_PORT."
        )


if __name__ == "__main__":
    main()
