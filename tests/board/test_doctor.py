"""The doctor's word about database, secrets, Redis and relay, and its endpoint."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from django.conf import LazySettings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from rest_framework.test import APIClient

from board.doctor import relay, server_findings, servers
from board.doctor.recent import recent
from board.relay import Relay
from realtime.names import HEARTBEAT
from realtime.signatures import KeyRing, Label
from realtime.tickets import now_ms
from tests.board.live import NAMES, PREFIX, LiveSide, database_away

pytestmark = pytest.mark.django_db

OTHER_KEYS = KeyRing.from_text("test:" + "another-secret-" + "y" * 40, prefix=PREFIX)


@pytest.fixture
def keys(settings: LazySettings) -> KeyRing:
    return KeyRing.from_text(settings.WATERCOOLER_SECRET, prefix=PREFIX)


@contextmanager
def beating(live: LiveSide, keys: KeyRing, **given: int) -> Iterator[None]:
    """A relay that says ``given`` all the time."""
    is_over = threading.Event()

    def beat() -> None:
        while not is_over.wait(0.02):
            fields = {"channel": HEARTBEAT, "ts": now_ms(), "behind": 0, "oldest_ms": 0} | given
            message = keys.sign(Label.CONTROL, HEARTBEAT, orjson.dumps(fields))
            live.client.publish(NAMES.heartbeat(), message)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


# Database and secrets


def test_database_of_this_version_is_well() -> None:
    assert servers.examine_database().is_ok


def test_missing_migration_is_named_with_its_remedy() -> None:
    (newest,) = MigrationLoader(connection).graph.leaf_nodes("board")
    MigrationRecorder(connection).record_unapplied(*newest)
    finding = servers.examine_database()
    assert not finding.is_ok
    assert "manage.py migrate" in finding.message


@pytest.mark.django_db(transaction=True)
def test_database_that_is_away_is_told() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("breaks the path of the SQLite file")
    with database_away():
        finding = servers.examine_database()
    assert not finding.is_ok
    assert "DATABASE_URL" in finding.message
    assert "nowhere" not in finding.message


@pytest.mark.parametrize("text", ["", "short:secret", "no colon", "a:" + "x" * 40 + ",b"])
def test_malformed_secret_is_told_without_quoting_it(settings: LazySettings, text: str) -> None:
    settings.WATERCOOLER_SECRET = text
    keys, finding = servers.examine_secrets()
    assert keys is None
    assert not finding.is_ok
    assert "WATERCOOLER_SECRET" in finding.message
    assert not text or text not in finding.message


# Redis


def test_redis_as_it_should_be_is_well(live: LiveSide) -> None:
    finding = servers.examine_redis()
    assert finding.is_ok, finding


def test_redis_that_is_away_is_told(fragile: LiveSide) -> None:
    fragile.server.stop()
    finding = servers.examine_redis()
    assert not finding.is_ok
    assert "cannot be reached" in finding.message
    assert fragile.server.url not in finding.message


def test_redis_that_is_silent_is_told(fragile: LiveSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "TIMEOUT_SECONDS", 0.2)
    fragile.server.freeze()
    finding = servers.examine_redis()
    fragile.server.thaw()
    assert not finding.is_ok
    assert "does not answer" in finding.message


def test_wrong_password_is_told_without_quoting_it(
    fragile: LiveSide, settings: LazySettings
) -> None:
    fragile.client.config_set("requirepass", "right")
    settings.REDIS_URL += "?password=wrong"
    finding = servers.examine_redis()
    assert not finding.is_ok
    assert "password" in finding.message
    assert "wrong" not in finding.message


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [("maxmemory-policy", "allkeys-lru", "noeviction"), ("maxmemory", "1mb", "maxmemory")],
)
def test_redis_that_may_lose_events_is_told(
    fragile: LiveSide, name: str, value: str, word: str
) -> None:
    fragile.client.config_set(name, value)
    finding = servers.examine_redis()
    assert not finding.is_ok
    assert word in finding.message


def test_replica_is_told(fragile: LiveSide) -> None:
    fragile.client.replicaof("127.0.0.1", 1)
    finding = servers.examine_redis()
    assert not finding.is_ok
    assert "replica" in finding.message


@pytest.mark.parametrize(
    ("facts", "is_ok"),
    [
        ({}, True),
        ({"redis_version": "6.2.0"}, True),
        ({"redis_version": "8.2"}, True),
        ({"redis_version": "6.0.20"}, False),
        ({"redis_version": "5.0"}, False),
        ({"maxmemory": 100, "used_memory": 90}, True),
        ({"maxmemory": 100, "used_memory": 91}, False),
    ],
)
def test_facts_about_redis_are_judged(facts: dict[str, Any], is_ok: bool) -> None:
    assert (list(servers.complaints(0.001, facts)) == []) is is_ok


def test_slow_redis_is_told() -> None:
    (complaint,) = servers.complaints(0.07, {})
    assert "70.0 ms" in complaint


# The relay


def test_relay_at_work_is_well(live: LiveSide, keys: KeyRing) -> None:
    with beating(live, keys):
        finding = relay.examine(keys)
    assert finding.is_ok, finding


@pytest.mark.django_db(transaction=True)
def test_real_relay_is_heard_in_time(live: LiveSide, keys: KeyRing) -> None:
    runner = Relay()
    thread = threading.Thread(target=_run_relay, args=(runner,))
    thread.start()
    try:
        assert relay.examine(keys).is_ok
    finally:
        runner.stop()
        thread.join()


def _run_relay(runner: Relay) -> None:
    runner.run()
    connection.close()


def test_missing_relay_is_told(
    live: LiveSide, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "WAIT_SECONDS", 0.2)
    finding = relay.examine(keys)
    assert not finding.is_ok
    assert "start `manage.py relay`" in finding.message


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"behind": 3, "oldest_ms": 60_000}, "3 channels behind, for 60 s"),
        ({"ts": now_ms() - 3_600_000}, "s behind the one here"),
        ({"ts": now_ms() + 3_600_000}, "s ahead of the one here"),
    ],
)
def test_relay_in_trouble_is_told(
    live: LiveSide, keys: KeyRing, said: dict[str, int], words: str
) -> None:
    with beating(live, keys, **said):
        finding = relay.examine(keys)
    assert not finding.is_ok
    assert words in finding.message


def test_small_lag_and_small_clock_difference_are_well(live: LiveSide, keys: KeyRing) -> None:
    with beating(live, keys, behind=1, oldest_ms=1500, ts=now_ms() - 2000):
        assert relay.examine(keys).is_ok


def test_relay_with_another_secret_is_told(
    live: LiveSide, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "WAIT_SECONDS", 0.3)
    with beating(live, OTHER_KEYS):
        finding = relay.examine(keys)
    assert not finding.is_ok
    assert "WATERCOOLER_SECRET must be the same" in finding.message


def test_relay_cannot_be_heard_without_redis(fragile: LiveSide, keys: KeyRing) -> None:
    fragile.server.stop()
    finding = relay.examine(keys)
    assert not finding.is_ok
    assert "Redis" in finding.message


# All of it, and the endpoint


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Iterator[None]:
    """Nobody is waited for, and nothing of other tests is remembered."""
    monkeypatch.setattr(relay, "WAIT_SECONDS", 0.1)
    settings.WATERCOOLER_PORT = 1
    recent.forget()
    yield
    recent.forget()


@pytest.mark.usefixtures("quick")
def test_every_part_is_examined_whatever_else_is_wrong(fragile: LiveSide) -> None:
    fragile.server.stop()
    findings = {finding.check: finding.is_ok for finding in server_findings()}
    assert findings == {
        "database": True,
        "secrets": True,
        "redis": False,
        "relay": False,
        "watercooler": False,
    }


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("slash", ["", "/"])
def test_endpoint_answers_members_and_viewers(
    live: LiveSide, viewer: APIClient, keys: KeyRing, slash: str
) -> None:
    with beating(live, keys):
        answer = viewer.get(f"/api/doctor{slash}")
    assert answer.status_code == 200
    assert [finding["check"] for finding in answer.json()][:4] == [
        "database",
        "secrets",
        "redis",
        "relay",
    ]
    assert all(finding.keys() == {"check", "is_ok", "message"} for finding in answer.json())


@pytest.mark.usefixtures("quick")
def test_endpoint_needs_a_login(live: LiveSide) -> None:
    assert APIClient().get("/api/doctor/").status_code == 401
    assert APIClient().get("/api/doctor").status_code == 401


@pytest.mark.usefixtures("quick")
def test_endpoint_tells_no_secret(
    fragile: LiveSide, api: APIClient, settings: LazySettings
) -> None:
    settings.REDIS_URL = "redis://:hush@127.0.0.1:1"
    text = api.get("/api/doctor/").content.decode()
    for hidden in ("hush", "127.0.0.1", settings.WATERCOOLER_SECRET, settings.SECRET_KEY):
        assert hidden not in text


@pytest.mark.usefixtures("quick")
def test_examination_counts_for_a_while(
    live: LiveSide, api: APIClient, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = api.get("/api/doctor/").json()
    with beating(live, keys):
        assert api.get("/api/doctor/").json() == first
        monkeypatch.setattr("board.doctor.recent.KEEP_SECONDS", 0)
        assert api.get("/api/doctor/").json() != first


@pytest.mark.usefixtures("quick")
def test_only_one_request_examines_at_a_time(
    live: LiveSide, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = threading.Event()
    is_at_work = threading.Event()

    def examine_slowly() -> list[Any]:
        is_at_work.set()
        may_end.wait(10)
        return []

    monkeypatch.setattr("board.doctor.recent.server_findings", examine_slowly)
    patient = threading.Thread(target=recent.take)
    patient.start()
    is_at_work.wait(10)
    answer = api.get("/api/doctor/")
    may_end.set()
    patient.join()
    assert (answer.status_code, answer["Retry-After"]) == (429, "2")
    assert api.get("/api/doctor/").json() == []


def test_schema_describes_the_endpoint(api: APIClient) -> None:
    schema = api.get("/api/schema/?format=json").json()
    operation = schema["paths"]["/api/doctor/"]["get"]
    items = operation["responses"]["200"]["content"]["application/json"]["schema"]["items"]
    name = items["$ref"].rpartition("/")[2]
    assert schema["components"]["schemas"][name]["required"] == ["check", "is_ok", "message"]


def test_root_links_the_doctor(api: APIClient) -> None:
    assert api.get("/api/").json()["doctor"] == "http://testserver/api/doctor/"
