"""Signing in by name or address and password."""

import pytest
from django.conf import LazySettings
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.contrib.auth.models import User
from django.test import Client

from tests.accounts.browser import AUTH, Browser
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("login", ["alice", "ALICE", "alice@example.com", "Alice@Example.com"])
def test_people_sign_in_by_name_or_address(owner: Browser, browser: Browser, login: str) -> None:
    assert browser.sign_in(login).status_code == 200
    assert browser.is_signed_in


@pytest.mark.parametrize(
    ("login", "password"),
    [("alice", "wrong"), ("alice@example.com", "wrong"), ("nobody", PASSWORD), ("alice", "")],
)
def test_wrong_ones_are_refused(
    owner: Browser, browser: Browser, login: str, password: str
) -> None:
    assert browser.sign_in(login, password).status_code == 400
    assert not browser.is_signed_in


def test_deactivated_person_is_told_nothing_else(alice: User, browser: Browser) -> None:
    User.objects.update(is_active=False)
    assert browser.sign_in().status_code == 401
    assert not browser.is_signed_in


def test_old_hashes_work_and_become_argon2(
    alice: User, browser: Browser, settings: LazySettings
) -> None:
    settings.PASSWORD_HASHERS = [
        "board.hashers.Argon2",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    old = make_password(PASSWORD, hasher="pbkdf2_sha256")
    User.objects.filter(pk=alice.pk).update(password=old)
    assert browser.sign_in().status_code == 200
    alice.refresh_from_db()
    assert alice.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert browser.is_signed_in


def test_unknown_people_cost_as_much_as_known_ones(
    alice: User, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in hashes, which is what takes the time."""
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def count(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", count)
    costs = []
    for login in ("alice", "nobody", "nobody@example.com"):
        hashed.clear()
        browser.sign_in(login, "wrong")
        costs.append(len(hashed))
    assert costs == [1, 1, 1]


def test_the_admin_signs_people_in_by_the_client(browser: Browser, alice: User) -> None:
    answer = browser.get("/admin/auth/user/")
    assert answer.status_code == 302
    answer = browser.client.get(answer["Location"])
    assert answer["Location"] == "/sign-in?next=%2Fadmin%2Fauth%2Fuser%2F"
    answer = browser.client.post("/admin/login/?next=https://evil.example", {"username": "alice"})
    assert answer["Location"] == "/sign-in?next=%2Fadmin%2F"
    browser.sign_in()
    assert browser.get("/admin/login/").status_code == 403
    User.objects.update(is_staff=True, is_superuser=True)
    assert browser.get("/admin/login/")["Location"] == "/admin/"


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff", b"null", b"1"])
@pytest.mark.parametrize("path", ["login", "signup", "password/request", "password/reset"])
def test_malformed_bodies_are_refused(browser: Browser, path: str, body: bytes) -> None:
    answer = browser.client.post(f"{AUTH}/{path}", body, content_type="application/json")
    assert 400 <= answer.status_code < 500


def test_forms_of_other_sites_are_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    body = {"username": "alice", "password": PASSWORD}
    answer = client.post(f"{AUTH}/login", body, content_type="application/json")
    assert answer.status_code == 403
