"""From an address (``realtime.addresses``) to clients of Redis that know who holds a key.

Of one server, or of a group that Sentinel watches, that is always the same one. Behind Sentinel
every new connection goes to whoever is the primary then, and a command that meets a demoted one
fails like a lost connection. In a cluster the servers tell who holds what. They are asked again as
soon as one of them redirects a question, fails or is away; the questions to the others go on.

What a failover loses is what a wiped Redis loses: nothing that the log's readers and the relay
would not notice and put right. docs/adr/0011-redis-cluster.md says why redis-py's own client of
clusters is not used.
"""

import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import redis
import redis.asyncio
import redis.asyncio.sentinel
import redis.sentinel
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import AskError, ClusterDownError, MovedError, TryAgainError
from redis.retry import Retry

from realtime.addresses import Address, ClusterAddress, SentinelGroup, read_address
from realtime.breaker import CircuitBreaker
from realtime.slots import Endpoint, SlotMap

# What a server that is away, or no Redis, makes redis-py raise: the last two for odd replies.
TROUBLE = (redis.RedisError, OSError, ValueError, TypeError)

# What a server of a cluster answers about keys that are not, or not yet, its own.
UNSETTLED = (AskError, ClusterDownError, TryAgainError)

# For how long watercooler leaves a silent server of a cluster alone: others wait behind it.
REST_SECONDS = 1.0

# redis-py has no types for these.
_SENTINEL: Any = redis.sentinel.Sentinel
_ASYNC_SENTINEL: Any = redis.asyncio.sentinel.Sentinel

C = TypeVar("C")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Server(Generic[C]):
    """A client of one server, and what is known of its health."""

    endpoint: Endpoint
    client: C
    breaker: CircuitBreaker


class _Directory(Generic[C]):
    """The servers behind an address and who of them holds what; talks to nobody itself.

    Safe for threads: a map is replaced, never changed.
    """

    def __init__(
        self,
        make_client: Callable[[Endpoint], C],
        make_breaker: Callable[[], CircuitBreaker],
        seeds: tuple[Endpoint, ...],
    ) -> None:
        """Without ``seeds`` there is one server, which ``make_client`` knows how to reach."""
        self._make_client = make_client
        self._make_breaker = make_breaker
        self._seeds = seeds
        self._known: dict[Endpoint, Server[C]] = {}
        self._only = None if seeds else self._server(Endpoint("", 0))
        self._slots = SlotMap([])
        self._is_doubtful = bool(seeds)
        self._redirected_by: Server[C] | None = None

    @property
    def is_resting(self) -> bool:
        """Nobody would be asked anything now, because nobody answered a moment ago."""
        known = list(self._known.values())
        return bool(known) and all(server.breaker.is_resting for server in known)

    @property
    def is_well(self) -> bool:
        """Everybody who holds anything answered when last asked."""
        return all(server.breaker.is_trusted for server in self._holders())

    @property
    def is_away(self) -> bool:
        """Nobody who holds anything answered when last asked."""
        return not any(server.breaker.is_trusted for server in self._holders())

    @property
    def is_cluster(self) -> bool:
        return self._only is None

    @property
    def is_complete(self) -> bool:
        """Every key has a server that holds it, as far as is known."""
        return self._only is not None or self._slots.is_complete

    @contextmanager
    def lend(self, server: Server[C]) -> Iterator[C]:
        """Lend a server's client for one question, unless it did not answer a moment ago."""
        if not server.breaker.admit():
            # Somebody else may have taken its place meanwhile.
            self.doubt()
            raise redis.ConnectionError("Redis did not answer a moment ago")
        try:
            yield server.client
        except redis.ResponseError as error:
            # An error is an answer: there is nothing to wait for, and other commands may work.
            server.breaker.succeeded()
            if isinstance(error, UNSETTLED):
                self.doubt(redirected_by=server if isinstance(error, MovedError) else None)
            raise
        except TROUBLE:
            server.breaker.failed()
            self.doubt()
            raise
        server.breaker.succeeded()

    def doubt(self, *, redirected_by: Server[C] | None = None) -> None:
        """Have it asked anew who holds what, before anything else."""
        if self._only is None:
            self._is_doubtful, self._redirected_by = True, redirected_by

    def _learn(self, reply: object, told_by: Server[C]) -> None:
        self._slots = SlotMap.from_reply(reply, asked=told_by.endpoint)
        self._is_doubtful, self._redirected_by = False, None

    def _informants(self) -> list[Server[C]]:
        """Whom to ask who holds what: who has just said that it is another, then the healthy."""
        return sorted(
            self._shuffled([*self._slots.members, *self._seeds]),
            key=lambda one: (one is not self._redirected_by, not one.breaker.is_trusted),
        )

    def _healthiest(self, endpoints: list[Endpoint]) -> Server[C]:
        """One of several servers that is likely to answer, another one each time."""
        if self._only:
            return self._only
        servers = self._shuffled(endpoints)
        return next((one for one in servers if one.breaker.is_trusted), servers[0])

    def _holder(self, key: str) -> Server[C]:
        if self._only:
            return self._only
        endpoint = self._slots.holder(key)
        if endpoint is None:
            self.doubt()
            raise redis.ConnectionError(f"no server of the cluster holds {key}")
        return self._server(endpoint)

    def _holders(self) -> list[Server[C]]:
        return [self._only] if self._only else [self._server(one) for one in self._slots.holders]

    def _shuffled(self, endpoints: list[Endpoint]) -> list[Server[C]]:
        names = list(dict.fromkeys(endpoints))
        random.shuffle(names)
        return [self._server(name) for name in names]

    def _server(self, endpoint: Endpoint) -> Server[C]:
        server = self._known.get(endpoint)
        if server is None:
            server = Server(endpoint, self._make_client(endpoint), self._make_breaker())
            server = self._known.setdefault(endpoint, server)
        return server


class Servers(_Directory["redis.Redis"]):
    """For web, relay and doctor. Everything here raises what redis-py raises, see ``TROUBLE``."""

    def ask(self, key: str, question: "Callable[[redis.Redis], T]") -> T:
        """Put a question to the server that holds ``key``; redirected, to the next one."""
        try:
            return self.ask_server(self.holding(key), question)
        except MovedError:
            return self.ask_server(self.holding(key), question)

    def ask_server(
        self, server: "Server[redis.Redis]", question: "Callable[[redis.Redis], T]"
    ) -> T:
        with self.lend(server) as client:
            return question(client)

    def holding(self, key: str) -> "Server[redis.Redis]":
        """Return the server that holds ``key``."""
        self._refresh()
        return self._holder(key)

    def holders(self) -> "list[Server[redis.Redis]]":
        """Return every server that holds any keys."""
        self._refresh()
        return self._holders()

    def anybody(self) -> "Server[redis.Redis]":
        """Return a server to announce through.

        It holds something: what has left the cluster is soon seen not to, whatever it answers.
        """
        self._refresh()
        return self._healthiest(self._slots.holders)

    def close(self) -> None:
        for server in self._known.values():
            server.client.close()

    def _refresh(self) -> None:
        """Learn who holds what, if that is in doubt, from the first who answers."""
        if not self._is_doubtful:
            return
        *others, last = self._informants()
        for server in others:
            with suppress(*TROUBLE):
                return self._learn_from(server)
        self._learn_from(last)

    def _learn_from(self, server: "Server[redis.Redis]") -> None:
        with self.lend(server) as client:
            self._learn(client.execute_command("CLUSTER SLOTS"), server)  # type: ignore[no-untyped-call]


class AsyncServers(_Directory["redis.asyncio.Redis"]):
    """The same for watercooler."""

    async def ask(self, key: str, question: "Callable[[redis.asyncio.Redis], Awaitable[T]]") -> T:
        """Put a question to the server that holds ``key``; redirected, to the next one."""
        try:
            return await self._ask_holder(key, question)
        except MovedError:
            return await self._ask_holder(key, question)

    async def anybody(self) -> "Server[redis.asyncio.Redis]":
        """Return a server to listen to: replicas do, too."""
        await self._refresh()
        return self._healthiest(self._slots.members)

    async def aclose(self) -> None:
        for server in self._known.values():
            await server.client.aclose()

    async def _ask_holder(
        self, key: str, question: "Callable[[redis.asyncio.Redis], Awaitable[T]]"
    ) -> T:
        await self._refresh()
        with self.lend(self._holder(key)) as client:
            return await question(client)

    async def _refresh(self) -> None:
        if not self._is_doubtful:
            return
        *others, last = self._informants()
        for server in others:
            with suppress(*TROUBLE):
                return await self._learn_from(server)
        await self._learn_from(last)

    async def _learn_from(self, server: "Server[redis.asyncio.Redis]") -> None:
        with self.lend(server) as client:
            self._learn(await client.execute_command("CLUSTER SLOTS"), server)  # type: ignore[no-untyped-call]


def connect(
    url: str,
    *,
    connect_timeout_seconds: float,
    answer_timeout_seconds: float,
    make_breaker: Callable[[], CircuitBreaker] = CircuitBreaker,
) -> Servers:
    """Return clients that connect when first used and try nothing twice.

    redis-py's own retries would turn a timeout of 0.2 s into 7 s. Raises ``BadConfiguration``.
    """
    options = _options(Retry(NoBackoff(), 0), connect_timeout_seconds, answer_timeout_seconds)
    address = read_address(url)

    def make_client(endpoint: Endpoint) -> "redis.Redis":
        if isinstance(address, SentinelGroup):
            client: redis.Redis = _primary(_SENTINEL, address, options)
            return client
        url = address.url(endpoint) if isinstance(address, ClusterAddress) else address
        return redis.Redis.from_url(url, **options)

    return Servers(make_client, make_breaker, _seeds(address))


def connect_async(
    url: str, *, connect_timeout_seconds: float, answer_timeout_seconds: float
) -> AsyncServers:
    """The same for asyncio. The only server is never left alone: nothing else waits for it."""
    options = _options(AsyncRetry(NoBackoff(), 0), connect_timeout_seconds, answer_timeout_seconds)
    address = read_address(url)

    def make_client(endpoint: Endpoint) -> "redis.asyncio.Redis":
        if isinstance(address, SentinelGroup):
            client: redis.asyncio.Redis = _primary(_ASYNC_SENTINEL, address, options)
            return client
        url = address.url(endpoint) if isinstance(address, ClusterAddress) else address
        return redis.asyncio.Redis.from_url(url, **options)

    seeds = _seeds(address)
    rest_seconds = REST_SECONDS if seeds else 0.0
    return AsyncServers(make_client, lambda: CircuitBreaker(rest_seconds=rest_seconds), seeds)


def _seeds(address: Address) -> tuple[Endpoint, ...]:
    return address.seeds if isinstance(address, ClusterAddress) else ()


def _options(retry: Any, connect_seconds: float, answer_seconds: float) -> dict[str, Any]:
    return {
        "protocol": 2,
        "retry": retry,
        "socket_connect_timeout": connect_seconds,
        "socket_timeout": answer_seconds,
    }


def _primary(sentinel_class: Any, group: SentinelGroup, options: dict[str, Any]) -> Any:
    """A client of whoever is the primary of the group; ``sentinel_class`` as in redis-py."""
    sentinel = sentinel_class(
        [(one.host, one.port) for one in group.sentinels],
        sentinel_kwargs={**options, "password": group.sentinel_password},
    )
    return sentinel.master_for(
        group.name,
        **options,
        db=group.database,
        username=group.username,
        password=group.password,
    )
