"""What the web process itself needs: database, secrets, Redis."""

import re
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import django.db
import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from board.doctor.finding import Finding, ill, well
from board.models import Installation
from realtime.errors import BadConfiguration
from realtime.log import ANSWER_TIMEOUT_SECONDS, connect
from realtime.servers import Servers
from realtime.signatures import KeyRing

TIMEOUT_SECONDS = 2.0
PINGS = 5

# Streams with explicit ids below, but XADD in scripts and SPOP with a count need no more than this.
OLDEST_REDIS = (6, 2)

# Above this a request, which waits for ANSWER_TIMEOUT_SECONDS at most, often waits in vain.
SLOW_SECONDS = ANSWER_TIMEOUT_SECONDS / 2

FULL = 0.9


def examine_database() -> Finding:
    """Whether the database is there, and its tables are those of this version."""
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (django.db.Error, OSError):
        return ill(
            "database", "The database cannot be reached: start it, and compare DATABASE_URL."
        )
    if missing:
        return ill(
            "database",
            f"{len(missing)} migrations are not applied: run `manage.py migrate` and restart.",
        )
    return well("database", "The database is there and up to date.")


def examine_secrets() -> tuple[KeyRing | None, Finding]:
    """Whether WATERCOOLER_SECRET has the right form; None instead of the keys if it has not."""
    try:
        keys = KeyRing.from_text(settings.WATERCOOLER_SECRET, prefix=Installation.current_prefix())
    except BadConfiguration as error:
        return None, ill("secrets", str(error))
    except django.db.Error:
        return None, ill(
            "secrets",
            "The id of this installation is in the database, which cannot be read: mend that "
            "first, or set REDIS_PREFIX.",
        )
    return keys, well("secrets", "WATERCOOLER_SECRET is well-formed.")


def examine_redis() -> Finding:
    """Whether Redis can be used from here, every server of it, and keeps what it is given."""
    with closing(_patient_servers()) as servers:
        try:
            if servers.is_cluster:
                return _examine_cluster(servers)
            return _examine_only_server(servers.anybody().client)
        except redis.AuthenticationError:
            return ill("redis", "Redis refuses the password: correct the one in REDIS_URL.")
        except (redis.TimeoutError, TimeoutError):
            return ill(
                "redis",
                f"Redis does not answer within {TIMEOUT_SECONDS:.0f} s: is it overloaded, or does "
                "a firewall swallow what is sent to the address in REDIS_URL?",
            )
        except redis.BusyLoadingError:
            return ill("redis", "Redis is still loading its data: wait until it is done.")
        except redis.ResponseError as error:
            if not servers.is_cluster:
                return ill("redis", f"Redis answers with an error ({error}): see its log.")
            return ill(
                "redis",
                "REDIS_URL names a cluster, and what answers there is no cluster: begin it with "
                "redis://.",
            )
        except (redis.RedisError, OSError):
            return ill(
                "redis", "Redis cannot be reached from here: start it, and compare REDIS_URL."
            )


def _examine_only_server(client: "redis.Redis") -> Finding:
    seconds, facts = _look_at(client)
    found = list(complaints(seconds, facts))
    if facts.get("cluster_enabled"):
        found.append(
            "REDIS_URL leads to one server of a cluster: begin it with redis+cluster:// instead "
            "of redis://, without a database."
        )
    if found:
        return ill("redis", " ".join(found))
    return well("redis", f"Redis {facts.get('redis_version')} answers in {_ms(seconds)}.")


def _examine_cluster(servers: Servers) -> Finding:
    found = []
    for server in servers.holders():
        try:
            seconds, facts = _look_at(server.client)
        except (redis.RedisError, OSError):
            found.append(
                f"{server.endpoint} cannot be reached, and the boards that it holds stand still: "
                "start it, or let a replica take its place."
            )
        else:
            found += [f"{server.endpoint}: {one}" for one in complaints(seconds, facts)]
    if not servers.is_complete:
        found.append(
            "Part of the cluster is held by no server, and the boards in it stand still: "
            "`redis-cli --cluster check` shows what is missing."
        )
    if found:
        return ill("redis", " ".join(found))
    return well("redis", "Every server of the cluster answers, and together they hold all keys.")


def _patient_servers() -> Servers:
    return connect(
        settings.REDIS_URL,
        connect_timeout_seconds=TIMEOUT_SECONDS,
        answer_timeout_seconds=TIMEOUT_SECONDS,
    )


def _look_at(client: "redis.Redis") -> tuple[float, Mapping[str, Any]]:
    """How many seconds a server takes to answer, and what it says about itself (``INFO``)."""
    return statistics.median(_ping(client) for _ in range(PINGS)), client.info()


def _ping(client: "redis.Redis") -> float:
    started_at = time.monotonic()
    client.ping()
    return time.monotonic() - started_at


def complaints(seconds: float, facts: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a Redis that answers after ``seconds`` and has these ``INFO`` facts."""
    if seconds > SLOW_SECONDS:
        yield (
            f"Redis takes {_ms(seconds)} to answer, and web waits for "
            f"{_ms(ANSWER_TIMEOUT_SECONDS)} at most: bring it nearer."
        )
    version = str(facts.get("redis_version", ""))
    numbers = tuple(int(number) for number in re.findall(r"[0-9]+", version)[:2])
    if numbers and numbers < OLDEST_REDIS:
        yield f"This is Redis {version}: use 6.2 or later, or Valkey."
    if facts.get("role") == "slave":
        yield "REDIS_URL leads to a replica, which cannot be written to: name the primary."
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield (
            f"Redis may forget what it was given (maxmemory-policy {policy}): "
            "set maxmemory-policy noeviction."
        )
    most, used = int(facts.get("maxmemory", 0)), int(facts.get("used_memory", 0))
    if most and used > FULL * most:
        yield (
            f"The memory of Redis is {100 * used // most} % full, and it will refuse what is "
            "published: raise maxmemory."
        )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
