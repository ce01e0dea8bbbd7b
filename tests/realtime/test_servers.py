"""Reading addresses of Redis; the clients themselves are tested where they are used."""

import pytest

from realtime.errors import BadConfiguration
from realtime.servers import SentinelGroup, read_sentinel_group


@pytest.mark.parametrize(
    "url", ["redis://localhost", "rediss://h:1/2", "unix:///var/run/redis.sock"]
)
def test_address_of_one_server_names_no_group(url: str) -> None:
    assert read_sentinel_group(url) is None


def test_group_with_everything() -> None:
    assert read_sentinel_group(
        "redis+sentinel://web:p%40ss@a.example:5000,[::1],10.0.0.3:26380/board/2"
        "?sentinel_password=quiet"
    ) == SentinelGroup(
        sentinels=(("a.example", 5000), ("::1", 26379), ("10.0.0.3", 26380)),
        name="board",
        database=2,
        username="web",
        password="p@ss",
        sentinel_password="quiet",
    )


def test_group_with_the_least() -> None:
    assert read_sentinel_group("redis+sentinel://a/board") == SentinelGroup(
        (("a", 26379),), "board", 0, None, None, None
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
        read_sentinel_group(url)
