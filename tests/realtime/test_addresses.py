"""Reading addresses of Redis."""

import pytest

from realtime.addresses import ClusterAddress, SentinelGroup, read_address
from realtime.errors import BadConfiguration
from realtime.slots import Endpoint


@pytest.mark.parametrize(
    "url", ["redis://localhost", "rediss://h:1/2", "unix:///var/run/redis.sock"]
)
def test_address_of_one_server_is_left_to_redis_py(url: str) -> None:
    assert read_address(url) == url


def test_group_with_everything() -> None:
    assert read_address(
        "redis+sentinel://web:p%40ss@a.example:5000,[::1],10.0.0.3:26380/board/2"
        "?sentinel_password=quiet"
    ) == SentinelGroup(
        sentinels=(
            Endpoint("a.example", 5000),
            Endpoint("::1", 26379),
            Endpoint("10.0.0.3", 26380),
        ),
        name="board",
        database=2,
        username="web",
        password="p@ss",
        sentinel_password="quiet",
    )


def test_group_with_the_least() -> None:
    assert read_address("redis+sentinel://a/board") == SentinelGroup(
        (Endpoint("a", 26379),), "board", 0, None, None, None
    )


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://a:26379",
        "redis+sentinel://a,/board",
        "redis+sentinel:///board",
        "redis+sentinel://a:x/board",
        "redis+sentinel://a/board/x",
        "redis+sentinel://a/board/1/2",
    ],
)
def test_malformed_group_is_refused(url: str) -> None:
    with pytest.raises(BadConfiguration, match="redis\\+sentinel"):
        read_address(url)


def test_cluster_with_everything() -> None:
    address = read_address(
        "rediss+cluster://web:p%40ss@a.example:7000,[::1],10.0.0.3/?ssl_ca_certs=/etc/ca.pem"
    )
    assert isinstance(address, ClusterAddress)
    assert [address.url(seed) for seed in address.seeds] == [
        "rediss://web:p%40ss@a.example:7000?ssl_ca_certs=/etc/ca.pem",
        "rediss://web:p%40ss@[::1]:6379?ssl_ca_certs=/etc/ca.pem",
        "rediss://web:p%40ss@10.0.0.3:6379?ssl_ca_certs=/etc/ca.pem",
    ]


def test_cluster_with_the_least() -> None:
    address = read_address("redis+cluster://a")
    assert isinstance(address, ClusterAddress)
    assert [address.url(seed) for seed in address.seeds] == ["redis://a:6379"]


@pytest.mark.parametrize(
    "url",
    [
        "redis+cluster://",
        "redis+cluster://a,",
        "redis+cluster://a:x",
        # A cluster has one database.
        "redis+cluster://a:7000/1",
    ],
)
def test_malformed_cluster_is_refused(url: str) -> None:
    with pytest.raises(BadConfiguration, match="redis\\+cluster"):
        read_address(url)
