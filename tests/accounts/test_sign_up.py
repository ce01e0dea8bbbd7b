"""Making an account, by an invitation or where everybody may."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone

from board import services
from board.changes import Actor
from board.models import Invitation, Project, Role
from tests.accounts.browser import AUTH, NEW_PASSWORD, Browser, Outbox
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation(project: Project, alice: User) -> tuple[Invitation, str]:
    """An invitation to WEB, and its token."""
    invitation, link = services.create_invitation(
        actor=Actor(alice), project=project, role=Role.MEMBER, origin="http://testserver"
    )
    return invitation, link.partition("#")[2]


def sign_up(browser: Browser, username: str = "eve", **given: Any) -> Any:
    body = {"username": username, "email": "eve@example.com", "password": NEW_PASSWORD, **given}
    return browser.post(f"{AUTH}/signup", **body)


def look(browser: Browser, token: str) -> Any:
    return browser.post("/api/invitations/look/", token=token)


def test_nobody_signs_up_without_an_invitation(browser: Browser) -> None:
    assert sign_up(browser).status_code == 403
    config = browser.get("/_allauth/browser/v1/config").json()["data"]
    assert config["account"]["is_open_for_signup"] is False


def test_whoever_is_invited_signs_up_and_comes_in(
    browser: Browser, invitation: tuple[Invitation, str], project: Project
) -> None:
    assert look(browser, invitation[1]).status_code == 200
    assert sign_up(browser, first_name="Eve", last_name="Evans").status_code == 200
    assert browser.post("/api/invitations/accept/", token=invitation[1]).status_code == 200
    me = browser.get("/api/me/").json()
    assert (me["full_name"], me["memberships"][0]["role"]) == ("Eve Evans", "member")
    # Used up: the same browser makes no second account by it.
    browser.delete(f"{AUTH}/session")
    assert sign_up(browser, "eve2").status_code == 403
    assert look(Browser(), invitation[1]).status_code == 410


@pytest.mark.parametrize("end", ["expires_at", "revoked_at"])
def test_an_invitation_that_has_ended_opens_nothing(
    browser: Browser, invitation: tuple[Invitation, str], end: str
) -> None:
    look(browser, invitation[1])
    Invitation.objects.update(**{end: timezone.now() - timedelta(seconds=1)})
    assert sign_up(browser).status_code == 403


def test_an_altered_invitation_opens_nothing(
    browser: Browser, invitation: tuple[Invitation, str]
) -> None:
    token = invitation[1]
    look(browser, token[:-1] + ("A" if token[-1] != "A" else "B"))
    assert sign_up(browser).status_code == 403


@pytest.mark.parametrize(("switch", "status"), [("open", 200), ("off", 403), ("invited", 200)])
def test_sign_up_is_switchable(
    browser: Browser,
    invitation: tuple[Invitation, str],
    settings: LazySettings,
    switch: str,
    status: int,
) -> None:
    settings.SIGN_UP = switch
    look(browser, invitation[1])
    assert sign_up(browser).status_code == status


@pytest.fixture
def is_open(settings: LazySettings) -> None:
    settings.SIGN_UP = "open"


def test_a_known_address_is_not_given_away(
    is_open: None, owner: Browser, mailoutbox: Outbox
) -> None:
    unknown = sign_up(Browser(), "eve", email="unknown@example.com")
    known = sign_up(Browser(), "mallory", email="alice@example.com")
    assert known.status_code == unknown.status_code == 200
    # Nothing of Alice's is Mallory's for that.
    assert Browser().sign_in("alice@example.com", NEW_PASSWORD).status_code == 400
    assert Browser().sign_in("alice@example.com", PASSWORD).json()["data"]["user"]["username"] == (
        "alice"
    )


@pytest.mark.parametrize(
    "username",
    ["alice", "ALICE", "a@b.example", "\u0430lice", "", "a b", "-x", "x" * 151, "share:1"],
)
def test_names_that_are_taken_or_misleading_are_refused(
    is_open: None, alice: User, browser: Browser, username: str
) -> None:
    answer = sign_up(browser, username)
    assert answer.status_code == 400
    assert {error["param"] for error in answer.json()["errors"]} == {"username"}


@pytest.mark.parametrize("password", ["short", "password123", "eve@example.com", "1234567890123"])
def test_weak_passwords_are_refused(is_open: None, browser: Browser, password: str) -> None:
    assert sign_up(browser, password=password).status_code == 400


def test_nobody_makes_themselves_staff(is_open: None, browser: Browser) -> None:
    sign_up(browser, is_staff=True, is_superuser=True, is_active=True, id=1)
    eve = User.objects.get(username="eve")
    assert (eve.is_staff, eve.is_superuser) == (False, False)
