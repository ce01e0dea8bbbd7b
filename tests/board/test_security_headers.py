"""The headers of every kind of answer, graded as Mozilla's HTTP Observatory does."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from http.cookies import Morsel
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from board.middleware import MOST_BODY_BYTES, client_address
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

ADDRESSES = [
    "/",
    "/sign-in",
    "/no-such-page",
    "/admin/",
    "/admin/auth/user/",
    "/api/",
    "/api/me/",
    "/api/no-such-thing/",
    "/_allauth/browser/v1/config",
    "/_allauth/browser/v1/auth/session",
]


@pytest.fixture
def secure(settings: LazySettings) -> None:
    """As on a server with TLS in front of it."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME = "__Host-sessionid"
    settings.SECURE_HSTS_SECONDS = 63072000


@pytest.fixture
def browser(secure: None, alice: User, settings: LazySettings) -> Client:
    """Alice, who is staff, signed in as in a browser."""
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client = Client(headers={"Accept": "text/html"})
    answer = client.post(
        "/_allauth/browser/v1/auth/login",
        {"username": "alice", "password": PASSWORD},
        content_type="application/json",
        secure=True,
    )
    assert answer.status_code == 200
    return client


def directives(answer: HttpResponse) -> dict[str, list[str]]:
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in parts}


def observatory_score(answer: HttpResponse) -> int:
    """The points of https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring.

    100 to begin with; what is missing costs, and what is exemplary adds, if 90 are left. A+ is 100.
    The figures are the page's, as of 2025.
    """
    costs = [*_policy_costs(answer), *_cookie_costs(answer), *_other_costs(answer)]
    score = 100 + sum(cost for cost in costs if cost < 0)
    return score + sum(cost for cost in costs if cost > 0) if score >= 90 else score


def _policy_costs(answer: HttpResponse) -> Iterator[int]:
    policy = directives(answer)
    sources = {source for name in policy for source in policy[name]}
    scripts = policy.get("script-src", policy.get("default-src", ["*"]))
    if not {"'unsafe-inline'", "data:", "*", "https:"}.isdisjoint(scripts):
        yield -20
    if "'unsafe-eval'" in sources:
        yield -10
    if "'unsafe-inline'" in sources:
        yield 0
    elif policy["default-src"] == ["'none'"]:
        yield 10
    else:
        yield 5
    yield 5 if policy.get("frame-ancestors") == ["'none'"] else -20


def _cookie_costs(answer: HttpResponse) -> Iterator[int]:
    for cookie in answer.cookies.values():
        is_session = "sess" in cookie.key
        if not cookie["secure"]:
            yield -40 if is_session else -20
        if is_session and not cookie["httponly"]:
            yield -30
        if not cookie["samesite"]:
            yield -20


def _other_costs(answer: HttpResponse) -> Iterator[int]:
    if answer.headers.get("Access-Control-Allow-Origin"):
        yield -50
    transport = answer.headers.get("Strict-Transport-Security", "")
    seconds = int(next(iter(re.findall(r"max-age=(\d+)", transport)), 0))
    yield -20 if not transport else (-10 if seconds < 15768000 else 0)
    yield 0 if answer.headers.get("X-Content-Type-Options") == "nosniff" else -5
    yield 5 if answer.headers.get("Referrer-Policy") in ("no-referrer", "same-origin") else -5
    yield 10 if answer.headers.get("Cross-Origin-Resource-Policy") == "same-origin" else 0


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_kind_of_answer_is_graded_a_plus(browser: Client, address: str) -> None:
    answer: Any = browser.get(address, secure=True)
    assert observatory_score(answer) >= 100
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert "camera=()" in answer["Permissions-Policy"]


def test_grades_are_not_given_away() -> None:
    bare = HttpResponse(headers={"Content-Security-Policy": "default-src 'unsafe-inline' *"})
    bare.set_cookie("sessionid", "1")
    assert observatory_score(bare) < 0


@pytest.mark.parametrize("address", ["/admin/", "/admin/auth/user/add/", "/api/tasks/", "/"])
def test_pages_have_no_script_that_the_policy_would_stop(browser: Client, address: str) -> None:
    answer: Any = browser.get(address, secure=True)
    html = answer.content.decode()
    assert "<html" in html
    assert directives(answer)["script-src"] == ["'self'"]
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", html)
    # Data for the scripts beside it; browsers do not run it.
    assert all("application/json" in attributes or "data-" in attributes for attributes in inline)
    assert not re.search(r"\son[a-z]+=[\"']", html)


def session_cookie(client: Client) -> "Morsel[str]":
    return client.cookies["__Host-sessionid"]


def test_session_cookie_is_for_this_host_by_tls_alone(browser: Client) -> None:
    cookie = session_cookie(browser)
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]


def test_forms_may_go_on_to_identity_providers(client: Client, settings: LazySettings) -> None:
    settings.OIDC_PROVIDERS = [{"server_url": "https://id.example.com/realms/team"}]
    answer: Any = client.get("/sign-in")
    assert directives(answer)["form-action"] == ["'self'", "https://id.example.com"]
    answer = client.get("/api/")
    assert directives(answer)["form-action"] == ["'self'"]


def test_vite_may_put_styles_into_pages_while_developing(
    client: Client, settings: LazySettings
) -> None:
    vite = {**settings.DJANGO_VITE["default"], "dev_mode": True}
    settings.DJANGO_VITE = {"default": vite}
    answer: Any = client.get("/no-such-page")
    assert "'unsafe-inline'" in directives(answer)["style-src"]


# The deployment


def test_django_finds_nothing_to_say_about_a_deployment(
    settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SECRET_KEY = "k3y" * 5 + "abcdefghijklmnopqrstuvwxyz0123456789-" * 2
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 63072000
    settings.ALLOWED_HOSTS = ["board.example.com"]
    call_command("check", deploy=True, fail_level="WARNING", tags=["security"])
    assert capsys.readouterr().err == ""


# Bodies


@pytest.mark.parametrize(
    "address", ["/api/tasks/", "/api/token/", "/_allauth/browser/v1/auth/login"]
)
def test_huge_bodies_are_refused_unread(client: Client, address: str) -> None:
    answer = client.post(
        address,
        b"{}",
        content_type="application/json",
        headers={"Content-Length": str(MOST_BODY_BYTES + 1)},
    )
    assert answer.status_code == 413
    assert answer.json() == {"detail": "A request's body may have 1048576 bytes."}


def test_a_length_that_is_no_number_is_refused(client: Client) -> None:
    answer = client.post(
        "/api/token/", b"{}", content_type="application/json", headers={"Content-Length": "-1"}
    )
    assert answer.status_code == 413


# Whose address counts


@pytest.mark.parametrize(
    ("peer", "chain", "seen"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("", "", "127.0.0.1"),
    ],
)
def test_address_is_read_through_trusted_proxies_only(
    settings: LazySettings, peer: str, chain: str, seen: str
) -> None:
    settings.TRUSTED_PROXIES = (ipaddress.ip_network("10.0.0.0/8"),)
    request = RequestFactory().get("/", headers={"X-Forwarded-For": chain})
    request.META["REMOTE_ADDR"] = peer
    found: list[str] = []

    def answer(request: HttpRequest) -> HttpResponse:
        found.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    handler: Callable[[HttpRequest], Any] = client_address(answer)
    handler(request)
    assert found == [seen]
