"""Who calls, and how often one address may. Pure: times are given."""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import chain

from realtime.limits import TokenBucket
from realtime.timing import Limits

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Beyond so many the one that was quiet for longest is forgotten.
MOST_CALLERS = 10_000
# What one customer of an IPv6 provider has at least: all of it is one caller.
IPV6_PREFIX_BITS = 64


def read_address(text: str) -> Address | None:
    """The address that a text says, without IPv6's way of writing IPv4; None if it says none."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def find_caller(
    peer: Address, forwarded: str | None, trusted: Collection[Network]
) -> Address | None:
    """Return the nearest address that is no trusted proxy.

    ``forwarded`` is ``X-Forwarded-For``, to which each proxy appends whom it serves: what stands
    before that address may be made up. None where trusted proxies name nobody but themselves, or
    something that is no address.
    """
    networks = tuple(trusted)
    hops = reversed(forwarded.split(",")) if forwarded is not None else ()
    for hop in chain([peer], map(read_address, hops)):
        if hop is None or not any(hop in network for network in networks):
            return hop
    return None


def as_one_caller(address: Address) -> Address | Network:
    """Return what counts as one: an IPv4 address, or an IPv6 network of 64 bits."""
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or ip_network((int(address), IPV6_PREFIX_BITS), strict=False)


class Allowance:
    """``rate`` a second for each caller, saved up to ``burst``. Times are monotonic seconds."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: dict[Address | Network, TokenBucket] = {}

    def take(self, address: Address, now: float) -> float:
        """Take one for ``address``; return 0, or in how many seconds there will be one."""
        bucket = self._bucket(address, now)
        return 0.0 if bucket.take(now) else bucket.wait_seconds(now)

    def wait_seconds(self, address: Address, now: float) -> float:
        """Return 0 if there is one for ``address``, or in how many seconds there will be."""
        bucket = self._buckets.get(as_one_caller(address))
        return bucket.wait_seconds(now) if bucket else 0.0

    def _bucket(self, address: Address, now: float) -> TokenBucket:
        caller = as_one_caller(address)
        bucket = self._buckets.pop(caller, None) or TokenBucket(self._rate, self._burst, now)
        # Last in the dictionary is who called last.
        self._buckets[caller] = bucket
        if len(self._buckets) > MOST_CALLERS:
            del self._buckets[next(iter(self._buckets))]
        return bucket


class Callers:
    """What each address may ask for: requests of any kind, and those that no honest client makes.

    Whoever has used up the second kind is not shut out, as honest people may share the address.
    """

    def __init__(self, limits: Limits) -> None:
        self.requests = Allowance(limits.requests_per_second, limits.request_burst)
        self.failures = Allowance(limits.failures_per_second, limits.failure_burst)
