"""From an address to clients of Redis: one server, or a group that Sentinel watches.

    redis://  rediss://  unix://                                  one server, as redis-py reads them
    redis+sentinel://[[user]:password@]host[:26379][,host...]/name[/database][?sentinel_password=...]

Behind Sentinel every new connection goes to whoever is the primary then, and a command that meets a
demoted one fails like a lost connection. What a failover loses is what a wiped Redis loses: nothing
that the log's readers and the relay would not notice and put right.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

import redis
import redis.asyncio
import redis.asyncio.sentinel
import redis.sentinel
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from realtime.errors import BadConfiguration

SENTINEL_SCHEME = "redis+sentinel"
SENTINEL_PORT = 26379

# redis-py has no types for them.
_SENTINEL: Any = redis.sentinel.Sentinel
_ASYNC_SENTINEL: Any = redis.asyncio.sentinel.Sentinel

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::([0-9]{1,5}))?")
_PATH = re.compile(r"/([A-Za-z0-9_.-]+)(?:/([0-9]{1,5}))?/?")


@dataclass(frozen=True, slots=True)
class SentinelGroup:
    """Where Sentinels listen, what they call the group, and how to sign in to its servers."""

    sentinels: tuple[tuple[str, int], ...]
    name: str
    database: int
    username: str | None
    password: str | None
    sentinel_password: str | None


def read_sentinel_group(url: str) -> SentinelGroup | None:
    """Read ``redis+sentinel://...``; None for any other address. Raises ``BadConfiguration``."""
    if not url.startswith(f"{SENTINEL_SCHEME}://"):
        return None
    # Not by urlsplit: it takes one host only, and some versions refuse an IPv6 one among others.
    place, _, query = url.removeprefix(f"{SENTINEL_SCHEME}://").partition("?")
    server, slash, path_text = place.partition("/")
    account, _, hosts = server.rpartition("@")
    username, _, password = account.partition(":")
    found = [_HOST.fullmatch(host) for host in hosts.split(",")]
    path = _PATH.fullmatch(slash + path_text)
    if path is None or not all(found):
        raise BadConfiguration(
            "An address of Sentinels looks like redis+sentinel://host:26379,host2:26379/name."
        )
    return SentinelGroup(
        sentinels=tuple((m[1].strip("[]"), int(m[2] or SENTINEL_PORT)) for m in found if m),
        name=path[1],
        database=int(path[2] or 0),
        username=unquote(username) or None,
        password=unquote(password) or None,
        sentinel_password=dict(parse_qsl(query)).get("sentinel_password"),
    )


def connect(
    url: str, *, connect_timeout_seconds: float, answer_timeout_seconds: float
) -> "redis.Redis":
    """Return a client that connects when first used and tries nothing twice.

    redis-py's own retries would turn a timeout of 0.2 s into 7 s. Raises ``BadConfiguration``.
    """
    options = _options(Retry(NoBackoff(), 0), connect_timeout_seconds, answer_timeout_seconds)
    group = read_sentinel_group(url)
    if group is None:
        return redis.Redis.from_url(url, **options)
    sentinel = _SENTINEL(group.sentinels, sentinel_kwargs=_for_sentinels(group, options))
    client: redis.Redis = sentinel.master_for(group.name, **_for_servers(group, options))
    return client


def connect_async(
    url: str, *, connect_timeout_seconds: float, answer_timeout_seconds: float
) -> "redis.asyncio.Redis":
    """The same for asyncio."""
    options = _options(AsyncRetry(NoBackoff(), 0), connect_timeout_seconds, answer_timeout_seconds)
    group = read_sentinel_group(url)
    if group is None:
        return redis.asyncio.Redis.from_url(url, **options)
    sentinel = _ASYNC_SENTINEL(group.sentinels, sentinel_kwargs=_for_sentinels(group, options))
    client: redis.asyncio.Redis = sentinel.master_for(group.name, **_for_servers(group, options))
    return client


def _options(retry: Any, connect_seconds: float, answer_seconds: float) -> dict[str, Any]:
    return {
        "protocol": 2,
        "retry": retry,
        "socket_connect_timeout": connect_seconds,
        "socket_timeout": answer_seconds,
    }


def _for_servers(group: SentinelGroup, options: dict[str, Any]) -> dict[str, Any]:
    return {
        **options,
        "db": group.database,
        "username": group.username,
        "password": group.password,
    }


def _for_sentinels(group: SentinelGroup, options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "password": group.sentinel_password}
