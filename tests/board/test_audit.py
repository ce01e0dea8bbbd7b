"""The record of security events: complete, without secrets, and for nobody to change."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from board import audit, services
from board.changes import Actor
from board.limits import GUESSES_HERE
from board.models import Membership, Project, Role, Sprint
from board.models.accounts import AuditEvent, AuditKind
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

AUTH = "/_allauth/browser/v1/auth"
ACCOUNT = "/_allauth/browser/v1/account"
NEW_PASSWORD = "battery staple 42"
ADDRESS = "203.0.113.5"

AsUser = Callable[[User | None], APIClient]


@pytest.fixture
def browser() -> Client:
    return Client(REMOTE_ADDR=ADDRESS)


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def sign_in(client: Client, password: str = PASSWORD, username: str = "alice") -> Any:
    return post(client, f"{AUTH}/login", username=username, password=password)


def recorded(*kinds: AuditKind) -> list[tuple[str, str | None, str | None]]:
    """Kind, actor and person of events, in order; of all kinds unless some are named."""
    events = AuditEvent.objects.select_related("actor", "person").order_by("id")
    return [
        (
            event.kind,
            event.actor.username if event.actor else None,
            event.person.username if event.person else None,
        )
        for event in events
        if not kinds or event.kind in kinds
    ]


def last() -> AuditEvent:
    return AuditEvent.objects.latest("id")


# Accounts


def test_signing_in_and_out(alice: User, browser: Client) -> None:
    sign_in(browser)
    assert (last().details, last().address) == ({"by": ["password"]}, ADDRESS)
    browser.delete(f"{AUTH}/session")
    assert recorded() == [
        ("signed_in", "alice", "alice"),
        ("signed_out", "alice", "alice"),
    ]


@pytest.mark.parametrize("path", [f"{AUTH}/login", "/api/token/"])
def test_failed_sign_ins_name_people_and_never_what_was_typed(
    alice: User, browser: Client, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    post(browser, path, username="alice", password="guess-one")
    post(browser, path, username="my-password-by-mistake", password="guess-two")
    assert recorded() == [("sign_in_failed", None, "alice"), ("sign_in_failed", None, None)]
    everything = caplog.text + str(list(AuditEvent.objects.values()))
    assert "guess" not in everything
    assert "mistake" not in everything
    assert f"sign_in_failed actor=- person=alice address={ADDRESS}" in caplog.text


def test_being_locked_out(
    alice: User, browser: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.THROTTLE = True
    settings.ACCOUNT_RATE_LIMITS = {}
    # All attempts fall into one window.
    monkeypatch.setattr("board.limits.time.time", lambda: 1_800_000_000.0)
    cache.clear()
    for _ in range(GUESSES_HERE.amount + 3):
        sign_in(browser, "wrong")
    cache.clear()
    # What is refused unheard is not recorded: nobody fills the database that way.
    kinds = [kind for kind, _, _ in recorded()]
    assert kinds == ["sign_in_failed"] * GUESSES_HERE.amount + ["locked_out"]


def test_passwords(alice: User, browser: Client, mailoutbox: list[Any]) -> None:
    User.objects.update(email="alice@example.com")
    sign_in(browser)
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    post(browser, f"{ACCOUNT}/password/change", **body)
    assert recorded(AuditKind.PASSWORD_CHANGED) == [("password_changed", "alice", "alice")]
    stranger = Client()
    post(stranger, f"{AUTH}/password/request", email="alice@example.com")
    key = str(mailoutbox[-1].body).partition("#")[2].split()[0]
    post(stranger, f"{AUTH}/password/reset", key=key, password="another phrase 43")
    assert recorded()[-3:] == [
        ("password_reset_asked", None, "alice"),
        ("password_changed", None, "alice"),
        ("password_reset", None, "alice"),
    ]
    assert key not in str(list(AuditEvent.objects.values()))


def test_second_factors(alice: User, browser: Client) -> None:
    sign_in(browser)
    post(browser, f"{AUTH}/reauthenticate", password=PASSWORD)
    Authenticator.objects.create(user=alice, type="totp", data={"secret": ""})
    browser.delete(f"{ACCOUNT}/authenticators/totp")
    assert recorded()[-1] == ("factor_removed", "alice", "alice")
    assert last().details == {"factor": "totp"}


def test_sessions_ended_from_another_one(alice: User, browser: Client) -> None:
    sign_in(Client())
    sign_in(browser)
    listed = browser.get(f"{AUTH}/sessions").json()["data"]
    others = [session["id"] for session in listed if not session["is_current"]]
    browser.delete(f"{AUTH}/sessions", {"sessions": others}, content_type="application/json")
    assert recorded()[-1] == ("session_ended", "alice", "alice")


def test_tokens(alice: User, browser: Client) -> None:
    made = post(browser, "/api/token/", username="alice", password=PASSWORD).json()["token"]
    token = AuthToken.objects.get()
    browser.force_login(alice)
    browser.delete(f"/api/tokens/{token.token_key}/")
    assert recorded()[-2:] == [
        ("token_made", "alice", "alice"),
        ("token_revoked", "alice", "alice"),
    ]
    assert last().details == {"token": made[:8]}
    assert token.token_key not in str(list(AuditEvent.objects.values()))


# Projects


def test_members_and_roles(project: Project, alice: User, bob: User, charlie: User) -> None:
    AuditEvent.objects.all().delete()
    actor = Actor(alice)
    services.add_member(actor=actor, project=project, user=charlie, role=Role.VIEWER)
    membership = Membership.objects.get(project=project, user=bob)
    services.change_role(actor=actor, membership=membership, role=Role.VIEWER)
    assert last().details == {"project": project.pk, "roles": ["member", "viewer"]}
    services.remove_member(actor=actor, membership=membership)
    assert [(kind, person) for kind, _, person in recorded()] == [
        ("member_added", "charlie"),
        ("role_changed", "bob"),
        ("member_removed", "bob"),
    ]


def test_invitations(project: Project, alice: User, charlie: User, as_user: AsUser) -> None:
    owner = as_user(alice)
    body = {"project": project.pk, "role": "member"}
    links = [owner.post("/api/invitations/", body).json() for _ in range(2)]
    owner.delete(f"/api/invitations/{links[0]['id']}/")
    token = links[1]["link"].partition("#")[2]
    assert as_user(charlie).post("/api/invitations/accept/", {"token": token}).status_code == 200
    made = [AuditKind.INVITATION_MADE, AuditKind.INVITATION_REVOKED, AuditKind.INVITATION_ACCEPTED]
    assert [(kind, actor) for kind, actor, _ in recorded(*made)] == [
        ("invitation_made", "alice"),
        ("invitation_made", "alice"),
        ("invitation_revoked", "alice"),
        ("invitation_accepted", "charlie"),
    ]
    assert token not in str(list(AuditEvent.objects.values()))


def test_projects_and_links(project: Project, sprint: Sprint, alice: User) -> None:
    actor = Actor(alice)
    services.share_sprint(actor=actor, sprint=sprint)
    services.stop_sharing(actor=actor, sprint=sprint)
    archived = services.archive_project(actor=actor, project=project)
    services.restore_project(actor=actor, project=archived)
    services.delete_project(actor=actor, project=project, confirmation=project.key)
    kinds = [kind for kind, _, _ in recorded() if not kind.startswith("member")]
    assert kinds == [
        "project_created",
        "link_made",
        "link_ended",
        "project_archived",
        "project_restored",
        "project_deleted",
    ]
    assert last().details == {"project": last().details["project"], "key": "WEB"}


def test_what_is_rolled_back_was_not(project: Project, alice: User, charlie: User) -> None:
    before = AuditEvent.objects.count()
    with transaction.atomic():
        services.add_member(actor=Actor(alice), project=project, user=charlie, role=Role.VIEWER)
        transaction.set_rollback(True)
    assert AuditEvent.objects.count() == before


# The admin


@pytest.fixture
def root(alice: User, client: Client) -> Client:
    """Alice, who may do everything in the admin."""
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client.force_login(alice)
    return client


@pytest.fixture
def clerk(bob: User) -> Client:
    """Bob, who may only edit people."""
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    names = ("view_user", "change_user", "add_user", "view_authenticator", "delete_authenticator")
    bob.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(bob)
    return client


def person_form(user: User, **changes: str) -> dict[str, str]:
    joined = user.date_joined
    return {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "is_active": "on",
        "date_joined_0": joined.date().isoformat(),
        "date_joined_1": joined.time().isoformat(),
        **changes,
    }


def test_changes_in_the_admin(root: Client, bob: User) -> None:
    root.post(f"/admin/auth/user/{bob.pk}/change/", person_form(bob, is_staff="on"))
    assert recorded()[-1] == ("admin_changed", "alice", "bob")
    assert (last().details["model"], last().details["what"]) == ("auth.user", "changed")
    assert "Staff status" in last().details["fields"]
    passwords = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    root.post(f"/admin/auth/user/{bob.pk}/password/", passwords)
    assert ("password_changed", "alice", "bob") in recorded()


def test_record_is_shown_and_cannot_be_changed(root: Client, alice: User) -> None:
    audit.record(AuditKind.SIGNED_IN, actor=alice, person=alice)
    pk = last().pk
    assert "Signed in" in root.get("/admin/board/auditevent/").content.decode()
    assert root.get(f"/admin/board/auditevent/{pk}/change/").status_code == 200
    for path in (f"{pk}/change/", f"{pk}/delete/", "add/"):
        assert root.post(f"/admin/board/auditevent/{path}", {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
    root.post("/admin/board/auditevent/", action)
    assert AuditEvent.objects.filter(pk=pk).exists()


def test_nobody_raises_themselves_in_the_admin(clerk: Client, bob: User) -> None:
    raised = {"is_superuser": "on", "is_staff": "on", "user_permissions": "1", "groups": "1"}
    clerk.post(f"/admin/auth/user/{bob.pk}/change/", person_form(bob, **raised, first_name="Rob"))
    bob.refresh_from_db()
    assert (bob.first_name, bob.is_superuser) == ("Rob", False)
    assert bob.user_permissions.count() == 5


def test_a_clerk_does_not_get_at_superusers(clerk: Client, root: Client, alice: User) -> None:
    Authenticator.objects.create(user=alice, type="totp", data={"secret": ""})
    factor = Authenticator.objects.get()
    for path in (f"user/{alice.pk}/change/", f"user/{alice.pk}/password/"):
        assert clerk.post(f"/admin/auth/{path}", person_form(alice)).status_code == 403
    clerk.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})
    assert Authenticator.objects.exists()
    root.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})
    assert not Authenticator.objects.exists()
    assert recorded()[-1] == ("admin_changed", "alice", "alice")


def test_a_factor_is_shown_to_nobody(root: Client, bob: User) -> None:
    data = {"secret": "kept-secret"}
    factor = Authenticator.objects.create(user=bob, type="totp", data=data)
    for path in ("", f"{factor.pk}/change/"):
        page = root.get(f"/admin/mfa/authenticator/{path}")
        assert page.status_code == 200
        assert b"kept-secret" not in page.content


@pytest.mark.parametrize(
    "path", ["socialaccount/socialapp/", "usersessions/usersession/", "account/emailaddress/"]
)
def test_what_is_not_the_staffs_is_not_in_the_admin(root: Client, path: str) -> None:
    assert root.get(f"/admin/{path}").status_code == 404


def test_nobody_makes_tokens_for_others(root: Client, bob: User) -> None:
    assert root.post("/admin/knox/authtoken/add/", {"user": bob.pk}).status_code == 403
    assert not AuthToken.objects.exists()


# Keeping


def test_old_events_are_forgotten(alice: User, capsys: pytest.CaptureFixture[str]) -> None:
    for days in (399, 401):
        audit.record(AuditKind.SIGNED_IN, person=alice)
        at = timezone.now() - timedelta(days=days)
        AuditEvent.objects.filter(pk=last().pk).update(at=at)
    call_command("prune_audit")
    assert AuditEvent.objects.count() == 1
    assert "1 events" in capsys.readouterr().out


def test_events_outlive_their_people(charlie: User) -> None:
    audit.record(AuditKind.SIGNED_IN, actor=charlie, person=charlie)
    charlie.delete()
    assert (last().person, last().actor) == (None, None)
