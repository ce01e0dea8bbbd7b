"""Web, relay and doctor where the log is on a Redis Cluster."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.conf import LazySettings

from board import publisher, relay
from board.doctor import servers
from board.relay import Relay
from realtime.log import EventLog, connect
from realtime.signatures import KeyRing
from tests.board.live import NAMES, PREFIX, commit_events, end_of
from tests.cluster import OwnCluster
from tests.servers import OwnRedis, wait_until
from tests.stack import free_ports

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cluster(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnCluster]:
    """Three primaries; web waits for them however busy this machine is."""
    own = OwnCluster()
    try:
        own.start()
        settings.REDIS_URL, settings.REDIS_PREFIX = own.url, PREFIX
        keys = KeyRing.from_text(settings.WATERCOOLER_SECRET, prefix=PREFIX)
        patient = connect(own.url, connect_timeout_seconds=10, answer_timeout_seconds=10)
        log = EventLog(patient, prefix=PREFIX, keys=keys)
        monkeypatch.setattr(publisher, "event_log", lambda: log)
        monkeypatch.setattr(publisher, "REQUEST_BUDGET_SECONDS", 60)
        monkeypatch.setattr(relay, "TIMEOUT_SECONDS", 10)
        monkeypatch.setattr(servers, "TIMEOUT_SECONDS", 10)
        # Neither is a machine that answers slowly a case for the doctor.
        monkeypatch.setattr(servers, "SLOW_SECONDS", 10)
        yield own
    finally:
        own.close()


def channels_by_port(cluster: OwnCluster) -> dict[int, str]:
    """For each server a sprint's channel that it holds."""
    found, number = dict[int, str](), 0
    while len(found) < len(cluster.primaries):
        number += 1
        found.setdefault(cluster.holder(NAMES.top(f"sprint.{number}")), f"sprint.{number}")
    return found


def is_published(channel: str) -> bool:
    return publisher.event_log().top(channel).position == end_of(channel)


def test_relay_goes_on_with_the_servers_that_are_left(
    cluster: OwnCluster, caplog: pytest.LogCaptureFixture
) -> None:
    channels, worker = channels_by_port(cluster), Relay()
    for channel in channels.values():
        commit_events(channel, 2)
        assert is_published(channel)

    # The one that holds what watercooler asks for, so that not even this keeps the relay.
    victim = cluster.holder(NAMES.cold())
    lost = channels.pop(victim)
    cluster.kill(victim)
    for channel in (lost, *channels.values()):
        commit_events(channel, 2)
    assert all(is_published(channel) for channel in channels.values())
    for port in channels:
        cluster.node(port).flushall()
    worker.tick()
    assert all(is_published(channel) for channel in channels.values())

    cluster.start_server(victim)

    def said() -> list[str]:
        records = [record for record in caplog.records if record.name == "board.relay"]
        return [record.message.split(" (")[0] for record in records]

    def is_back() -> bool:
        worker.tick()
        return said()[-1] == "Redis is back."

    wait_until(is_back)
    assert is_published(lost)
    assert said() == ["Redis cannot be used", "Redis is back."]


def test_doctor_looks_at_every_server(cluster: OwnCluster, settings: LazySettings) -> None:
    assert servers.examine_redis().is_ok
    policy: Any = cluster.node(cluster.primaries[2])
    policy.config_set("maxmemory-policy", "allkeys-lru")
    finding = servers.examine_redis()
    assert f"127.0.0.1:{cluster.primaries[2]}: Redis may forget" in finding.message
    cluster.kill(cluster.primaries[1])
    assert f"127.0.0.1:{cluster.primaries[1]} cannot be reached" in servers.examine_redis().message

    settings.REDIS_URL = f"redis://127.0.0.1:{cluster.primaries[0]}"
    assert "redis+cluster://" in servers.examine_redis().message


def test_doctor_tells_a_single_server_from_a_cluster(settings: LazySettings) -> None:
    (port,) = free_ports(1)
    server = OwnRedis(None, "--port", str(port), "--bind", "127.0.0.1")
    with closing(server):
        server.start()
        settings.REDIS_URL = f"redis+cluster://127.0.0.1:{port}"
        finding = servers.examine_redis()
    assert "no cluster" in finding.message
