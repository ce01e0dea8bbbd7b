"""Django's cache in the Redis that web processes share; in each one's memory while that is away.

What is kept here may be lost at any time: counters of limits, and codes that were used. No request
fails, and none waits noticeably, on account of it.
"""

import logging
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar, cast

import django.db
import orjson
import redis
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache

from board.models import Installation
from board.outages import Outage
from realtime.log import connect
from realtime.servers import Servers

T = TypeVar("T")

logger = logging.getLogger(__name__)

_outage = Outage(
    logger,
    began="Limits cannot be counted in Redis (%s): each process counts for itself.",
    ended="Limits are counted in Redis again.",
)


class Away(Exception):
    """Redis did not answer, or need not be asked again yet."""


class SharedCache(LocMemCache):
    """``url`` is that of Redis; "" keeps everything in memory. Values are what JSON can say.

    JSON, because whoever can write to Redis must not be able to run code here.
    """

    def __init__(self, url: str, params: dict[str, Any]) -> None:
        super().__init__(url or "memory", params)
        self._url = url

    @cached_property
    def _servers(self) -> Servers:
        return connect(self._url)

    @cached_property
    def _prefix(self) -> str:
        return f"{Installation.current_prefix()}:cache"

    def count(self, key: str, seconds: int) -> int:
        """Add one to what was counted under ``key`` within ``seconds`` of the first time."""
        name = self._name(key)

        def ask(client: "redis.Redis") -> int:
            pipeline = client.pipeline(transaction=False)
            pipeline.set(name, 0, ex=seconds, nx=True)
            pipeline.incr(name)
            return int(pipeline.execute()[1])

        try:
            return self._ask(name, ask)
        except Away:
            LocMemCache.add(self, key, 0, timeout=seconds)
            return int(LocMemCache.incr(self, key))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        name = self._name(key, version)
        try:
            found = self._ask(name, lambda client: client.get(name))
        except Away:
            return super().get(key, default, version)
        return default if found is None else _loads(found, default)

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        name, text = self._name(key, version), orjson.dumps(value)
        try:
            self._ask(name, lambda client: client.set(name, text, px=self._milliseconds(timeout)))
        except Away:
            super().set(key, value, timeout, version)

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        name, text = self._name(key, version), orjson.dumps(value)
        try:
            milliseconds = self._milliseconds(timeout)
            return self._ask(
                name, lambda client: bool(client.set(name, text, px=milliseconds, nx=True))
            )
        except Away:
            return bool(super().add(key, value, timeout, version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        name = self._name(key, version)
        try:
            return self._ask(name, lambda client: bool(client.delete(name)))
        except Away:
            return bool(super().delete(key, version))

    def _name(self, key: Any, version: int | None = None) -> str:
        """What ``key`` is called in Redis; "" where the database cannot say what begins it."""
        if not self._url:
            return ""
        try:
            return f"{self._prefix}:{self.make_key(key, version)}"
        except django.db.Error:
            # A limit can do without; a request that cannot will hear of it.
            return ""

    def _milliseconds(self, timeout: Any) -> int | None:
        """How long Redis keeps a value; at least a moment, and for ever where it is None."""
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return None if seconds is None else max(1, int(seconds * 1000))

    def _ask(self, name: str, ask: Callable[["redis.Redis"], T]) -> T:
        if not name:
            raise Away
        try:
            answer = self._servers.ask(name, ask)
        except (redis.RedisError, OSError) as error:
            _outage.begin(error)
            raise Away from error
        if self._servers.is_well:
            _outage.end()
        return answer


def _loads(text: Any, default: Any) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return default


def shared_cache() -> SharedCache:
    """The cache that settings name ``default``."""
    return cast(SharedCache, caches["default"])
