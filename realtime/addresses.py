"""What an address of Redis says: one server, a group that Sentinel watches, or a cluster.

    redis://  rediss://  unix://                                  one server, as redis-py reads them
    redis+sentinel://[[user]:password@]host[:26379][,host...]/name[/database][?sentinel_password=...]
    redis+cluster://[[user]:password@]host[:6379][,host...][?option=value...]
    rediss+cluster://                                             the same, encrypted

Options of a cluster's address are those that redis-py knows in the address of one server.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from realtime.errors import BadConfiguration
from realtime.slots import Endpoint

SENTINEL_SCHEME = "redis+sentinel"
CLUSTER_SCHEMES = {"redis+cluster": "redis", "rediss+cluster": "rediss"}
SCHEMES = ("redis", "rediss", "unix", SENTINEL_SCHEME, *CLUSTER_SCHEMES)

SENTINEL_PORT = 26379
CLUSTER_PORT = 6379

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::([0-9]{1,5}))?")
_PATH = re.compile(r"/([A-Za-z0-9_.-]+)(?:/([0-9]{1,5}))?/?")


@dataclass(frozen=True, slots=True)
class SentinelGroup:
    """Where Sentinels listen, what they call the group, and how to sign in to its servers."""

    sentinels: tuple[Endpoint, ...]
    name: str
    database: int
    username: str | None
    password: str | None
    sentinel_password: str | None


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """Some servers of a cluster, and how to reach any of them.

    ``scheme`` and ``query`` are those of the address of one server, ``account`` is
    ``user:password@`` or empty, as it was written.
    """

    scheme: str
    account: str
    seeds: tuple[Endpoint, ...]
    query: str

    def url(self, endpoint: Endpoint) -> str:
        """The address of one server of the cluster."""
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.account}{endpoint}{query}"


Address = str | SentinelGroup | ClusterAddress


def read_address(url: str) -> Address:
    """Read any address; that of one server is returned as it is. Raises ``BadConfiguration``."""
    scheme, _, rest = url.partition("://")
    if scheme == SENTINEL_SCHEME:
        return _read_sentinel_group(rest)
    if scheme in CLUSTER_SCHEMES:
        return _read_cluster(CLUSTER_SCHEMES[scheme], rest)
    return url


def _read_sentinel_group(text: str) -> SentinelGroup:
    place, _, query = text.partition("?")
    server, slash, path_text = place.partition("/")
    account, _, hosts = server.rpartition("@")
    username, _, password = account.partition(":")
    path = _PATH.fullmatch(slash + path_text)
    sentinels = _read_hosts(hosts, SENTINEL_PORT)
    if path is None or sentinels is None:
        raise BadConfiguration(
            "An address of Sentinels looks like redis+sentinel://host:26379,host2:26379/name."
        )
    return SentinelGroup(
        sentinels=sentinels,
        name=path[1],
        database=int(path[2] or 0),
        username=unquote(username) or None,
        password=unquote(password) or None,
        sentinel_password=dict(parse_qsl(query)).get("sentinel_password"),
    )


def _read_cluster(scheme: str, text: str) -> ClusterAddress:
    place, _, query = text.partition("?")
    account, at, hosts = place.removesuffix("/").rpartition("@")
    seeds = _read_hosts(hosts, CLUSTER_PORT)
    if seeds is None:
        raise BadConfiguration(
            "An address of a cluster looks like redis+cluster://host:6379,host2:6379, "
            "without a database."
        )
    return ClusterAddress(scheme, account + at, seeds, query)


def _read_hosts(text: str, usual_port: int) -> tuple[Endpoint, ...] | None:
    # Not by urlsplit: it takes one host only, and some versions refuse an IPv6 one among others.
    found = [_HOST.fullmatch(host) for host in text.split(",")]
    if not all(found):
        return None
    return tuple(Endpoint(m[1].strip("[]"), int(m[2] or usual_port)) for m in found if m)
