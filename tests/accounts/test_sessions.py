"""Sessions: seen, ended, and renewed."""

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User

from board.models import Event, Project
from tests.accounts.browser import AUTH, Browser

pytestmark = pytest.mark.django_db


def sessions_of(browser: Browser) -> list[dict[str, Any]]:
    return list(browser.get(f"{AUTH}/sessions").json()["data"])


def test_sessions_are_listed_and_ended_with_their_sockets(
    owner: Browser, browser: Browser, project: Project
) -> None:
    browser.sign_in()
    listed = sessions_of(owner)
    assert [session["is_current"] for session in listed].count(True) == 1
    assert {session["ip"] for session in listed} == {"127.0.0.1"}
    (other,) = (session["id"] for session in listed if not session["is_current"])
    assert owner.delete(f"{AUTH}/sessions", sessions=[other]).status_code == 200
    assert owner.is_signed_in
    assert not browser.is_signed_in
    (event,) = Event.objects.filter(channel="control")
    assert '"username":"alice"' in event.payload


def test_sessions_of_others_are_not_there(owner: Browser, bob: User, browser: Browser) -> None:
    browser.sign_in("bob")
    foreign = UserSession.objects.get(user=bob).pk
    assert foreign not in {session["id"] for session in sessions_of(owner)}
    assert owner.delete(f"{AUTH}/sessions", sessions=[foreign]).status_code == 400
    assert browser.is_signed_in


def test_own_session_can_be_ended_too(owner: Browser) -> None:
    (current,) = (session["id"] for session in sessions_of(owner))
    assert owner.delete(f"{AUTH}/sessions", sessions=[current]).status_code == 401
    assert not owner.is_signed_in


def test_signing_in_changes_the_sessions_key(browser: Browser, alice: User) -> None:
    """No session that somebody else knows of becomes Alice's."""
    browser.client.session.save()
    session = browser.client.session
    session["planted"] = True
    session.save()
    browser.client.cookies["sessionid"] = str(session.session_key)
    browser.sign_in()
    assert browser.client.cookies["sessionid"].value != session.session_key
