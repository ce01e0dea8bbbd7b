"""Limits: for each person and address, across processes, and never in the way of the work."""

import base64
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from rest_framework.test import APIClient

from board import guessing, limits
from board.limits import Limit
from board.models import Project, Sprint, Task
from board.shared_cache import SharedCache
from realtime.breaker import CircuitBreaker
from realtime.log import connect
from tests.conftest import PASSWORD
from tests.contract.test_attachments import send
from tests.servers import OwnRedis

HOME, OFFICE, ATTACKER = "198.51.100.1", "198.51.100.2", "203.0.113.66"
TWICE = Limit("twice", 2, 3600)


@pytest.fixture(autouse=True)
def throttle(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Limits count as in production, and all of a test falls into one window."""
    settings.THROTTLE = True
    settings.ACCOUNT_RATE_LIMITS = {}
    now = time.time()
    monkeypatch.setattr("board.limits.time.time", lambda: now)
    cache.clear()
    yield
    cache.clear()


def lower(monkeypatch: pytest.MonkeyPatch, name: str, amount: int) -> None:
    limit: Limit = getattr(limits, name)
    lowered = Limit(limit.name, amount, limit.seconds)
    monkeypatch.setattr(limits, name, lowered)


def sign_in(client: Client, login: str, password: str, address: str = HOME) -> Any:
    return client.post(
        "/_allauth/browser/v1/auth/login",
        {"email" if "@" in login else "username": login, "password": password},
        content_type="application/json",
        REMOTE_ADDR=address,
    )


def assert_told_when(answer: Any, *, within: int) -> None:
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= within
    assert "Try again in" in answer.json()["detail"]


# The API


def test_writes_are_limited_for_each_person(
    monkeypatch: pytest.MonkeyPatch, api: APIClient, task: Task, as_user: Any, bob: User
) -> None:
    lower(monkeypatch, "WRITES", 2)
    path = f"/api/tasks/{task.pk}/"
    for name in ("One", "Two"):
        assert api.patch(path, {"name": name}).status_code == 200
    assert_told_when(api.patch(path, {"name": "Three"}), within=60)
    assert api.get(path).json()["name"] == "Two"
    assert as_user(bob).patch(path, {"name": "Bob's"}).status_code == 200


def test_a_person_has_one_allowance_however_they_sign_in(
    monkeypatch: pytest.MonkeyPatch, api: APIClient, project: Project
) -> None:
    lower(monkeypatch, "WRITES", 1)
    credentials = base64.b64encode(f"alice:{PASSWORD}".encode()).decode()
    by_password = APIClient(headers={"Authorization": f"Basic {credentials}"})
    assert api.post("/api/tasks/", {"name": "One"}).status_code == 201
    assert by_password.post("/api/tasks/", {"name": "Two"}).status_code == 429


def test_whole_boards_and_tickets_share_a_limit(
    monkeypatch: pytest.MonkeyPatch, api: APIClient, sprint: Sprint
) -> None:
    boards = Limit("few-boards", 2, 60)
    monkeypatch.setattr(
        "board.views.sprints.SprintViewSet.limits", {"board": boards, "ticket": boards}
    )
    assert api.get(f"/api/sprints/{sprint.pk}/board/").status_code == 200
    assert api.post(f"/api/sprints/{sprint.pk}/ticket/").status_code == 200
    assert_told_when(api.get(f"/api/sprints/{sprint.pk}/board/"), within=60)
    assert api.get(f"/api/sprints/{sprint.pk}/").status_code == 200


def test_uploads_have_a_limit_of_their_own(
    monkeypatch: pytest.MonkeyPatch, api: APIClient, task: Task
) -> None:
    few = {"create": Limit("few-uploads", 1, 600)}
    monkeypatch.setattr("board.views.attachments.AttachmentViewSet.limits", few)
    assert send(api, task).status_code == 201
    assert_told_when(send(api, task), within=600)
    assert api.patch(f"/api/tasks/{task.pk}/", {"name": "Other"}).status_code == 200


def test_strangers_are_limited_by_address(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    lower(monkeypatch, "STRANGERS", 1)
    assert APIClient().get("/api/", REMOTE_ADDR=ATTACKER).status_code == 200
    assert_told_when(APIClient().get("/api/", REMOTE_ADDR=ATTACKER), within=60)
    assert APIClient().get("/api/", REMOTE_ADDR=HOME).status_code == 200


def test_usual_limits_leave_room_for_a_busy_person() -> None:
    assert limits.WRITES.amount == 600
    assert limits.BOARDS.amount >= 5 * limits.BOARDS.seconds
    assert limits.READS.amount >= 30 * limits.READS.seconds


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    assert limits.network_of("2001:db8::1") == limits.network_of("2001:db8::ffff:1")
    assert limits.network_of("2001:db8::1") != limits.network_of("2001:db8:0:1::1")
    assert limits.network_of(HOME) != limits.network_of(OFFICE)


def test_switched_off_nothing_is_counted(settings: LazySettings, db: None) -> None:
    settings.THROTTLE = False
    assert [limits.consume(TWICE, "alice") for _ in range(4)] == [None] * 4
    assert limits.is_used_up(TWICE, "alice") is None


# Guessing


def by_client(login: str, password: str, address: str) -> Any:
    return sign_in(Client(), login, password, address)


def by_token(login: str, password: str, address: str) -> Any:
    body = {"username": login, "password": password}
    return APIClient().post("/api/token/", body, REMOTE_ADDR=address)


def by_basic(login: str, password: str, address: str) -> Any:
    credentials = base64.b64encode(f"{login}:{password}".encode()).decode()
    client = APIClient(headers={"Authorization": f"Basic {credentials}"})
    return client.get("/api/me/", REMOTE_ADDR=address)


WAYS = [by_client, by_token, by_basic]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("login", ["alice", "ALICE ", "alice@example.com", "nobody"])
def test_guessing_is_stopped_where_it_comes_from(
    alice: User, way: Callable[..., Any], login: str
) -> None:
    User.objects.filter(pk=alice.pk).update(email="alice@example.com")
    for _ in range(limits.GUESSES_HERE.amount):
        assert way(login, "wrong", ATTACKER).status_code in (400, 401)
    assert_told_when(way(login, "wrong", ATTACKER), within=300)
    assert way(login, PASSWORD, ATTACKER).status_code == 429
    assert way("alice", PASSWORD, HOME).status_code == 200


def test_all_ways_share_their_count(alice: User) -> None:
    for number in range(limits.GUESSES_HERE.amount):
        WAYS[number % 3]("alice", "wrong", ATTACKER)
    assert [way("alice", PASSWORD, ATTACKER).status_code for way in WAYS] == [429] * 3


def test_right_passwords_are_not_counted(alice: User) -> None:
    for _ in range(limits.GUESSES_HERE.amount + 1):
        assert by_basic("alice", PASSWORD, HOME).status_code == 200


def test_an_address_may_not_go_through_many_logins(
    monkeypatch: pytest.MonkeyPatch, alice: User
) -> None:
    lower(monkeypatch, "GUESSES_OF_ADDRESS", 3)
    for login in ("ann", "ben", "cat"):
        by_token(login, "password1", ATTACKER)
    assert by_token("alice", PASSWORD, ATTACKER).status_code == 429
    assert by_token("alice", PASSWORD, HOME).status_code == 200


def test_many_addresses_may_not_share_the_work_and_the_owner_still_gets_in(
    monkeypatch: pytest.MonkeyPatch, alice: User
) -> None:
    lower(monkeypatch, "GUESSES_OF_LOGIN", 3)
    home = Client()
    assert sign_in(home, "alice", PASSWORD, HOME).status_code == 200
    for number in range(3):
        by_token("alice", "wrong", f"203.0.113.{number}")
    assert by_token("alice", "wrong", "203.0.113.9").status_code == 429
    # Where she is signed in, and at that session, nothing has changed for her.
    assert by_token("alice", PASSWORD, HOME).status_code == 200
    assert home.get("/api/me/").status_code == 200
    UserSession.objects.all().delete()
    assert by_token("alice", PASSWORD, HOME).status_code == 429


def test_unknown_logins_are_refused_in_the_same_words(alice: User) -> None:
    for way in WAYS:
        known, unknown = way("alice", "wrong", HOME), way("nobody", "wrong", HOME)
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


def test_a_password_with_a_nul_is_only_wrong(alice: User) -> None:
    assert by_basic("ali\0ce", "x", HOME).status_code == 401
    assert by_token("alice", "x\0", HOME).status_code == 400
    assert by_client("ali\0ce", "x", HOME).status_code == 400


def test_resets_by_mail_are_limited_in_the_same_words(alice: User, mailoutbox: list[Any]) -> None:
    def ask(email: str) -> Any:
        return Client().post(
            "/_allauth/browser/v1/auth/password/request",
            {"email": email},
            content_type="application/json",
        )

    for _ in range(5):
        assert ask("nobody@example.com").status_code == 200
    assert_told_when(ask("nobody@example.com"), within=60)
    assert ask("other@example.com").status_code == 200
    assert len(mailoutbox) == 6


# Where it is counted


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is waited for, however busy this machine is, and asked anew each time."""
    patiently = partial(
        connect,
        connect_timeout_seconds=60,
        answer_timeout_seconds=60,
        make_breaker=lambda: CircuitBreaker(rest_seconds=0),
    )
    monkeypatch.setattr("board.shared_cache.connect", patiently)


@pytest.fixture
def shared(patient: None, redis_server: OwnRedis) -> tuple[SharedCache, SharedCache]:
    """The caches of two web processes."""
    first, second = SharedCache(redis_server.url, {}), SharedCache(redis_server.url, {})
    redis_server.client().flushall()
    return first, second


def test_processes_count_together(
    shared: tuple[SharedCache, SharedCache], redis_server: OwnRedis, db: None
) -> None:
    first, second = shared
    assert [cache.count("key", 60) for cache in (first, second, first)] == [1, 2, 3]
    assert second.get("key") == 3
    name = first._name("key")
    client: Any = redis_server.client()
    assert 0 < client.ttl(name) <= 60
    assert name.startswith("sprintwall-tests:cache:")


def test_values_are_shared_and_end(
    shared: tuple[SharedCache, SharedCache], redis_server: OwnRedis, db: None
) -> None:
    first, second = shared
    client: Any = redis_server.client()
    assert first.add("used", "y", 30)
    assert not second.add("used", "z", 30)
    first.set("history", [1.5, 2.5], 60.0)
    assert second.get("history") == [1.5, 2.5]
    assert second.delete("history")
    assert not second.delete("history")
    assert first.get("history", "gone") == "gone"
    client.set(first._name("odd"), b"\x80 no JSON")
    assert first.get("odd", 7) == 7
    first.set("kept", 1, None)
    assert client.ttl(first._name("kept")) == -1


def test_without_redis_each_process_counts_for_itself(
    own_redis: OwnRedis, patient: None, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    cache = SharedCache(own_redis.url, {})
    assert cache.count("key", 60) == 1
    own_redis.stop()
    assert [cache.count("key", 60) for _ in range(3)] == [1, 2, 3]
    assert cache.add("used", "y", 30)
    assert not cache.add("used", "y", 30)
    cache.set("value", 5)
    assert cache.get("value") == 5
    assert cache.delete("value")
    assert len([record for record in caplog.records if "for itself" in record.message]) == 1
    own_redis.start()
    assert cache.count("key", 60) == 1
    assert "in Redis again" in caplog.text


def test_without_redis_work_goes_on_and_guessing_does_not(
    settings: LazySettings, api: APIClient, alice: User
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "board.shared_cache.SharedCache",
            "LOCATION": "unix:///nowhere/redis.sock",
        }
    }
    assert api.post("/api/tasks/", {"name": "Written"}).status_code == 201
    for _ in range(limits.GUESSES_HERE.amount):
        assert by_token("alice", "wrong", ATTACKER).status_code == 400
    assert by_token("alice", PASSWORD, ATTACKER).status_code == 429
    assert sign_in(Client(), "alice", PASSWORD, HOME).status_code == 200


def test_a_database_that_does_not_know_the_prefix_is_no_hindrance(
    redis_server: OwnRedis, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> str:
        raise OperationalError("no such table")

    monkeypatch.setattr("board.shared_cache.Installation.current_prefix", refuse)
    cache = SharedCache(redis_server.url, {})
    assert [cache.count("key", 60) for _ in range(2)] == [1, 2]


def test_redis_learns_no_names(
    shared: tuple[SharedCache, SharedCache],
    settings: LazySettings,
    db: None,
    redis_server: OwnRedis,
) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "board.shared_cache.SharedCache", "LOCATION": redis_server.url}
    }
    guessing.note_failure(address=ATTACKER, login="alice@example.com")
    client: Any = redis_server.client()
    names = [str(name) for name in client.keys("*")]
    assert len(names) == 3
    assert "alice" not in "".join(names)
