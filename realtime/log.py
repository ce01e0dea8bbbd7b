"""The log of recent events in Redis: appending to it, refilling it, and asking where it ends.

Synchronous, for web and relay; watercooler reads the log with its own asynchronous client. What is
missing in Redis, and whether Redis or the database is right, is decided in ``board.publisher``.

Every failure of Redis, be it silence, an error or nonsense, is raised as ``LogUnavailable``.
"""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import orjson
import redis

from realtime import servers
from realtime.breaker import CircuitBreaker
from realtime.envelope import Event, Position
from realtime.errors import LogRefused, LogUnavailable
from realtime.names import CONTROL, HEARTBEAT, KeySpace, is_channel
from realtime.servers import TROUBLE, Server, Servers
from realtime.signatures import KeyRing, Label

# realtime-protocol.md, "On Redis".
STREAM_LENGTH = 1000
TTL_SECONDS = 24 * 60 * 60

# A request may lose 200 ms to Redis: two addresses of a host that do not answer, then one command.
CONNECT_TIMEOUT_SECONDS = 0.05
ANSWER_TIMEOUT_SECONDS = 0.08

_SCRIPT = Path(__file__).with_name("append.lua").read_text()
_SEQ = re.compile(rb"[0-9]{1,19}")

T = TypeVar("T")

_Server: TypeAlias = "Server[redis.Redis]"


def connect(
    url: str,
    *,
    connect_timeout_seconds: float = CONNECT_TIMEOUT_SECONDS,
    answer_timeout_seconds: float = ANSWER_TIMEOUT_SECONDS,
    make_breaker: Callable[[], CircuitBreaker] = CircuitBreaker,
) -> Servers:
    """Return clients that give up quickly and never try twice; they connect when first used."""
    return servers.connect(
        url,
        connect_timeout_seconds=connect_timeout_seconds,
        answer_timeout_seconds=answer_timeout_seconds,
        make_breaker=make_breaker,
    )


class Outcome(Enum):
    """What became of a list of events.

    APPENDED: at least one was new and all are in the log now. DUPLICATE: none was new. GAP: the log
    ends before the event that the first one follows. COLD: there is no log. DIVERGED: the log has
    another epoch or another history, is damaged, or is not what the caller of a refill had seen.
    """

    APPENDED = "appended"
    DUPLICATE = "duplicate"
    GAP = "gap"
    COLD = "cold"
    DIVERGED = "diverged"


@dataclass(frozen=True, slots=True)
class Top:
    """Where the log of a channel ends, as Redis has it, trustworthy or not."""

    epoch: bytes = b""
    seq: bytes = b""
    change: bytes = b""

    @property
    def is_cold(self) -> bool:
        """There is no log."""
        return self == COLD_TOP

    @property
    def position(self) -> Position | None:
        """The position, or None when there is no log or its top is damaged."""
        if not self.epoch or not _SEQ.fullmatch(self.seq):
            return None
        try:
            return Position(self.epoch.decode(), int(self.seq), self.change.decode())
        except UnicodeDecodeError:
            return None


COLD_TOP = Top()
# As the script shows a top that is no hash.
DAMAGED_TOP = Top(epoch=b"!")


@dataclass(frozen=True, slots=True)
class Appended:
    """The answer to an append or a refill, with the top as it stood right after it."""

    outcome: Outcome
    top: Top


class EventLog:
    """The log of all channels of one installation."""

    def __init__(self, servers: Servers, *, prefix: str, keys: KeyRing) -> None:
        self._servers = servers
        self._names = KeySpace(prefix)
        self._keys = keys

    @property
    def is_resting(self) -> bool:
        """Redis did not answer a moment ago: every question would be refused unasked."""
        return self._servers.is_resting

    @property
    def is_well(self) -> bool:
        """Every server of Redis answered when last asked."""
        return self._servers.is_well

    def append(self, channel: str, events: Sequence[Event]) -> Appended:
        """Append the ``events`` that are new, and announce each of them.

        They must be consecutive, of one epoch, and at least one, else ``ValueError``. A list that
        begins with events already in the log is fine. Raises ``LogUnavailable``.
        """
        if not events:
            raise ValueError("nothing to append")
        base = Position(events[0].epoch, events[0].seq - 1, events[0].prev)
        return self._run(channel, "append", base, events, seen=COLD_TOP)

    def refill(
        self, channel: str, *, base: Position, events: Sequence[Event], seen: Top
    ) -> Appended:
        """Replace the log of ``channel`` by ``events``, which follow ``base``.

        Only if its top still is ``seen``; else DIVERGED, and nothing is changed. Without events the
        log is empty and ends at ``base``. Only the newest event is announced: a watcher that holds
        everything drops it, one that lacks more sees a gap and reads the stream, and a burst of 500
        old events to every watcher is spared. Raises ``LogUnavailable``; ``ValueError`` as above.
        """
        return self._run(channel, "refill", base, events, seen=seen)

    def tops(self, channels: Sequence[str]) -> dict[str, Top]:
        """Return the top of each channel, in one round trip to each server.

        Those are left out whose server is one of several and cannot tell. Raises
        ``LogUnavailable`` when none can.
        """
        tops: dict[str, Top] = {}
        refusals: list[LogRefused] = []
        # The second time with what redirections have taught.
        for _ in range(2):
            missing = [channel for channel in channels if channel not in tops]
            for server, names in self._by_server(missing, refusals):
                try:
                    tops |= self._attempt(partial(self._tops_of, server, names))
                except LogRefused as error:
                    refusals.append(error)
        if refusals and not tops:
            raise refusals[-1]
        return tops

    def top(self, channel: str) -> Top:
        """Return the top of one channel. Raises ``LogUnavailable``."""
        return self.tops([channel])[channel]

    def take_cold(self, limit: int = 100) -> list[str]:
        """Take up to ``limit`` channels out of those that watercooler asks to have refilled.

        Raises ``LogUnavailable``.
        """
        key = self._names.cold()
        names = self._ask(key, lambda client: _pop(client, key, limit))
        texts = [name.decode(errors="replace") for name in names]
        return [text for text in texts if is_channel(text)]

    def publish_heartbeat(self, *, behind: int, oldest_ms: int) -> None:
        """Tell watercooler that the relay is alive, ``behind`` channels behind.

        ``oldest_ms`` is the age of the oldest unpublished event. Raises ``LogUnavailable``.
        """
        beat = {
            "channel": HEARTBEAT,
            "ts": time.time_ns() // 1_000_000,
            "behind": behind,
            "oldest_ms": oldest_ms,
        }
        message = self._keys.sign(Label.CONTROL, HEARTBEAT, orjson.dumps(beat))
        name = self._names.heartbeat()
        self._attempt(
            lambda: self._servers.ask_server(
                self._servers.anybody(), lambda client: client.publish(name, message)
            )
        )

    def _run(
        self, channel: str, mode: str, base: Position, events: Sequence[Event], *, seen: Top
    ) -> Appended:
        _check_chain(base, events)
        arguments: list[str | bytes | int] = [
            self._names.events(channel),
            base.epoch,
            STREAM_LENGTH,
            TTL_SECONDS,
            mode,
            *(seen.epoch, seen.seq, seen.change),
            *(base.seq, base.change),
        ]
        for event in events:
            arguments += (event.seq, event.prev, event.change, self._signed(event))
        keys = [self._names.stream(channel), self._names.top(channel)]
        return self._ask(
            keys[0], lambda client: _read_answer(client.register_script(_SCRIPT)(keys, arguments))
        )

    def _signed(self, event: Event) -> bytes:
        label = Label.CONTROL if event.channel == CONTROL else Label.EVENT
        return self._keys.sign(label, event.channel, event.line)

    def _by_server(
        self, channels: Sequence[str], refusals: list[LogRefused]
    ) -> Iterable[tuple[_Server, list[str]]]:
        """Group channels by the server that holds them; those that nobody holds are refused."""
        groups: dict[_Server, list[str]] = {}
        for channel in channels:
            key = self._names.top(channel)
            try:
                server = self._attempt(partial(self._servers.holding, key))
            except LogRefused as error:
                refusals.append(error)
            else:
                groups.setdefault(server, []).append(channel)
        return groups.items()

    def _tops_of(self, server: _Server, channels: Sequence[str]) -> dict[str, Top]:
        keys = [self._names.top(channel) for channel in channels]
        tops = self._servers.ask_server(server, lambda client: _read_tops(client, keys))
        return dict(zip(channels, tops, strict=True))

    def _ask(self, key: str, question: "Callable[[redis.Redis], T]") -> T:
        """Put a question to the server that holds ``key``."""
        return self._attempt(lambda: self._servers.ask(key, question))

    def _attempt(self, action: Callable[[], T]) -> T:
        """Do what asks Redis, and raise every failure as ``LogUnavailable``."""
        try:
            return action()
        except redis.ResponseError as error:
            raise LogRefused(f"Redis answered: {error}") from error
        except TROUBLE as error:
            text = str(error) or type(error).__name__
            # What one of several servers cannot do, others may.
            kind = LogUnavailable if self._servers.is_away else LogRefused
            raise kind(text) from error


def _check_chain(base: Position, events: Sequence[Event]) -> None:
    places = [base, *(Position(event.epoch, event.seq, event.change) for event in events)]
    for (before, after), event in zip(pairwise(places), events, strict=True):
        if (after.epoch, after.seq, event.prev) != (base.epoch, before.seq + 1, before.change):
            raise ValueError(f"{event.channel} {event.seq} does not follow {before.seq}")


def _read_answer(reply: object) -> Appended:
    if not isinstance(reply, list) or len(reply) != 4:
        raise ValueError("Redis answered a script with nonsense")
    outcome, *top = (_bytes(part) for part in reply)
    return Appended(Outcome(outcome.decode()), Top(*top))


def _read_tops(client: "redis.Redis", keys: Sequence[str]) -> list[Top]:
    with client.pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.hmget(key, ["epoch", "seq", "change"])
        return [_read_top(reply) for reply in pipeline.execute(raise_on_error=False)]


def _read_top(reply: object) -> Top:
    if isinstance(reply, redis.ResponseError) and _is_wrong_type(reply):
        return DAMAGED_TOP
    if isinstance(reply, Exception):
        raise reply
    if not isinstance(reply, list) or len(reply) != 3:
        raise ValueError("Redis answered HMGET with nonsense")
    return Top(*(_bytes(part or b"") for part in reply))


def _pop(client: "redis.Redis", key: str, limit: int) -> list[bytes]:
    try:
        popped: Any = client.spop(key, limit)
    except redis.ResponseError as error:
        if not _is_wrong_type(error):
            raise
        # Somebody else's value in its place would keep watercooler from asking, too.
        client.delete(key)
        return []
    return [_bytes(name) for name in popped]


def _is_wrong_type(error: redis.ResponseError) -> bool:
    return str(error).startswith("WRONGTYPE")


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("Redis answered with nonsense")
    return value
