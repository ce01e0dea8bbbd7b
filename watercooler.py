"""The watercooler process: websockets that carry every committed change to everybody who watches.

Handlers here translate between HTTP and ``realtime.hub``; they decide nothing about channels.
"""

import asyncio
import hmac
import ipaddress
import logging
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from realtime.connection import Connection
from realtime.door import EntryRefused
from realtime.duties import Duties
from realtime.errors import BadConfiguration
from realtime.fanout import LeanHandler, forget_handshake
from realtime.hub import Hub
from realtime.metrics import CONTENT_TYPE
from realtime.protocol import SUBPROTOCOL
from realtime.signatures import KeyRing
from realtime.timing import Limits, Timing
from scrum import environment

# Above this Tornado cuts a connection without a close code; below, the hub answers with one.
MOST_MESSAGE_BYTES = 64 * 1024
MOST_HEADER_BYTES = 16 * 1024
MOST_BODY_BYTES = 16 * 1024
# How long a connection that is no websocket yet may keep us waiting.
IDLE_SECONDS = 30

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
    trusted_proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
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


class QuietHandler(RequestHandler):
    """A handler that never writes a query string, and with it a ticket, to a log."""

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if not isinstance(value, HTTPError) and typ and value:
            logger.error("%s failed.", self.request.path, exc_info=(typ, value, tb))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code} {self._reason}\n")


class SocketHandler(QuietHandler, LeanHandler):
    """``/socket/<channel>?channel=<ticket>``"""

    def initialize(self, hub: Hub, options: Options) -> None:
        self._hub = hub
        self._options = options
        self._connection: Connection | None = None

    def prepare(self) -> None:
        """Refuse pages of foreign origins; programs that are no browsers send none."""
        origin = self.request.headers.get("Origin")
        if origin is not None and origin not in self._options.origins:
            self._hub.metrics.handshakes.labels(result="foreign_origin").inc()
            raise HTTPError(403)

    def check_origin(self, origin: str) -> bool:
        # Tornado's own rule would let every page of the same host in; prepare() is stricter.
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    def open(self, channel: str) -> None:
        # Two events close together must not wait for one another on a real network.
        self.set_nodelay(True)
        ticket = self.request.query_arguments.get("channel", [b""])[-1].decode(errors="replace")
        try:
            self._connection = self._hub.admit(
                self, channel=channel, ticket=ticket, is_plain=self.selected_subprotocol is None
            )
        except EntryRefused as error:
            # Accepted and closed, because browsers hide the HTTP status of a refused handshake.
            self._hub.metrics.handshakes.labels(result=error.result).inc()
            self.close(error.code, error.reason)
        forget_handshake(self)

    def on_message(self, message: str | bytes) -> None:
        if self._connection:
            self._hub.receive(self._connection, message)

    def on_pong(self, data: bytes) -> None:
        if self._connection:
            self._connection.ponged()

    def on_close(self) -> None:
        if self._connection:
            self._hub.dismiss(self._connection)


class HealthHandler(QuietHandler):
    """``/health``: the process answers."""

    def get(self) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("ok\n")


class ReadyHandler(QuietHandler):
    """``/ready``: whether new connections should come here, and if not, why."""

    def initialize(self, hub: Hub) -> None:
        self._hub = hub

    def get(self) -> None:
        state = self._hub.readiness()
        self.set_status(200 if state.is_live else 503)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{state.reason or 'ready'}\n")


class MetricsHandler(QuietHandler):
    """``/metrics``: for this machine, or with ``Authorization: Bearer <METRICS_TOKEN>``."""

    def initialize(self, hub: Hub, options: Options) -> None:
        self._hub = hub
        self._options = options

    def get(self) -> None:
        if not (self._has_token() or is_from_loopback(self.request, self._options)):
            raise HTTPError(403)
        self.set_header("Content-Type", CONTENT_TYPE)
        self.finish(self._hub.metrics.exposition())

    def _has_token(self) -> bool:
        given = self.request.headers.get("Authorization", "").encode()
        expected = f"Bearer {self._options.metrics_token}".encode()
        return bool(self._options.metrics_token) and hmac.compare_digest(given, expected)


def is_from_loopback(request: HTTPServerRequest, options: Options) -> bool:
    """Tell whether a request began on this machine, seen through the proxies that are trusted."""
    peer = ipaddress.ip_address(request.remote_ip or "0.0.0.0")  # noqa: S104 - nobody's address
    chain = request.headers.get("X-Forwarded-For")
    if chain is None:
        is_direct = not request.headers.keys() & {"Forwarded", "X-Real-Ip"}
        return peer.is_loopback and is_direct
    try:
        hops = [ipaddress.ip_address(hop.strip()) for hop in chain.split(",")]
    except ValueError:
        return False
    for hop in [peer, *reversed(hops)]:
        if not any(hop in network for network in options.trusted_proxies):
            return hop.is_loopback and hop is not peer
    return False


def log_request(handler: RequestHandler) -> None:
    """Log what failed, by its path alone: the query holds a ticket."""
    if handler.get_status() >= 500 and not isinstance(handler, ReadyHandler):
        logger.error("%d %s", handler.get_status(), handler.request.path)


def make_application(hub: Hub, options: Options) -> Application:
    """Return the HTTP side of ``hub``."""
    return Application(
        [
            (r"/socket/([^/]+)", SocketHandler, {"hub": hub, "options": options}),
            (r"/health", HealthHandler),
            (r"/ready", ReadyHandler, {"hub": hub}),
            (r"/metrics", MetricsHandler, {"hub": hub, "options": options}),
        ],
        default_handler_class=NotFoundHandler,
        log_function=log_request,
        websocket_max_message_size=MOST_MESSAGE_BYTES,
    )


class NotFoundHandler(QuietHandler):
    """Everything else."""

    def prepare(self) -> None:
        raise HTTPError(404)


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
        self._server = HTTPServer(
            make_application(self.hub, options),
            max_header_size=MOST_HEADER_BYTES,
            max_body_size=MOST_BODY_BYTES,
            idle_connection_timeout=IDLE_SECONDS,
            body_timeout=IDLE_SECONDS,
        )
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


def main() -> None:
    """Start from the environment; what is wrong with it ends the process with one sentence."""
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
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
