"""Who holds which keys in a Redis Cluster, as one of its servers tells it. Pure.

Every key belongs to a slot; the part of its name in braces alone decides which, so
everything about one channel lives together (``realtime.names``).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from redis.crc import key_slot

SLOTS = 16_384


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SlotRange:
    """The slots ``first`` to ``last``, both included, and the primary that holds them."""

    first: int
    last: int
    holder: Endpoint


class SlotMap:
    """Immutable. ``members`` are all servers that were named: first the primaries, each once."""

    def __init__(self, ranges: Sequence[SlotRange], replicas: Sequence[Endpoint] = ()) -> None:
        self._ranges = sorted(ranges, key=lambda one: one.first)
        self._firsts = [one.first for one in self._ranges]
        self.holders = list(dict.fromkeys(one.holder for one in self._ranges))
        self.members = list(dict.fromkeys([*self.holders, *replicas]))

    @classmethod
    def from_reply(cls, reply: object, *, asked: Endpoint) -> Self:
        """Read the answer that ``asked`` gave to CLUSTER SLOTS; raises ``ValueError``."""
        ranges, replicas = [], []
        try:
            for first, last, primary, *others in reply:  # type: ignore[attr-defined]
                ranges.append(SlotRange(int(first), int(last), _endpoint(primary, asked)))
                replicas += [_endpoint(other, asked) for other in others]
        except (TypeError, ValueError, IndexError) as error:
            raise ValueError("CLUSTER SLOTS was answered with nonsense") from error
        if not ranges:
            raise ValueError(f"{asked} belongs to no cluster")
        return cls(ranges, replicas)

    @property
    def is_complete(self) -> bool:
        """Somebody holds every slot."""
        return sum(one.last - one.first + 1 for one in self._ranges) == SLOTS

    def holder(self, key: str) -> Endpoint | None:
        """The primary that holds ``key``, or None when nobody holds its slot."""
        slot = key_slot(key.encode())
        at = bisect_right(self._firsts, slot) - 1
        if at < 0 or slot > self._ranges[at].last:
            return None
        return self._ranges[at].holder


def _endpoint(entry: Sequence[object], asked: Endpoint) -> Endpoint:
    host, port = entry[0], entry[1]
    if not isinstance(port, int):
        raise TypeError("a port is a number")
    name = host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")
    # A server that does not know its own name means: the one that you came by.
    return Endpoint(name if name not in ("", "?") else asked.host, port)
