"""Whoever loses access is named on ``control``, in the same transaction, by whatever door."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone
from knox.models import get_token_model
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.errors import LastOwnerStays
from board.models import Event, Membership, Project, Role, Sprint
from board.tickets import key_ring
from realtime.revocations import Revocation, read_revocation
from realtime.tickets import Ticket, now_ms, read_ticket
from tests.board.live import LiveSide, in_threads
from tests.conftest import PASSWORD

MembershipOf = Callable[[User], Membership]
NEW_PASSWORD = "battery staple 42"


def revocations() -> list[Revocation]:
    """All that stand on ``control``, as watercooler reads them."""
    found = []
    rows = Event.objects.filter(channel="control").select_related("channel").order_by("seq")
    for row in rows:
        fields = orjson.loads(row.payload)
        assert (fields["model"], fields["action"]) == ("access", "revoke")
        found.append(read_revocation(fields["body"], epoch=row.channel.epoch, seq=row.seq))
    return found


def only_revocation() -> Revocation:
    (revocation,) = revocations()
    return revocation


def channels_of(sprint: Sprint) -> frozenset[str]:
    """The channels of a project whose only sprint this is."""
    return frozenset({f"sprint.{sprint.pk}", f"project.{sprint.project_id}"})


def link_of(client: APIClient, sprint: Sprint) -> Ticket:
    """The ticket in a fresh link of the sprint's channel."""
    url = urlsplit(client.post(f"/api/sprints/{sprint.pk}/ticket/").json()["channel"])
    channel = url.path.rpartition("/")[2]
    return read_ticket(key_ring(), parse_qs(url.query)["channel"][0], channel=channel)


@pytest.fixture
def staff(alice: User, client: Client) -> Client:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client.force_login(alice)
    return client


# Memberships


def test_removed_member_loses_the_channels_of_that_project_for_good(
    sprint: Sprint, membership_of: MembershipOf, alice: User, bob: User
) -> None:
    services.remove_member(actor=Actor(alice), membership=membership_of(bob))
    revocation = only_revocation()
    assert (revocation.username, revocation.code) == ("bob", 4403)
    assert revocation.channels == channels_of(sprint)


def test_other_role_takes_new_tickets_for_that_project(
    sprint: Sprint, membership_of: MembershipOf, alice: User, bob: User
) -> None:
    services.change_role(actor=Actor(alice), membership=membership_of(bob), role=Role.VIEWER)
    revocation = only_revocation()
    assert (revocation.username, revocation.code) == ("bob", 4401)
    assert revocation.channels == channels_of(sprint)


def test_member_who_is_added_again_in_another_role_takes_new_tickets(
    project: Project, alice: User, bob: User
) -> None:
    services.add_member(actor=Actor(alice), project=project, user=bob, role=Role.VIEWER)
    assert (only_revocation().username, only_revocation().code) == ("bob", 4401)


def test_same_role_and_new_member_revoke_nothing(
    project: Project, membership_of: MembershipOf, alice: User, bob: User, charlie: User
) -> None:
    services.change_role(actor=Actor(alice), membership=membership_of(bob), role=Role.MEMBER)
    services.add_member(actor=Actor(alice), project=project, user=charlie, role=Role.MEMBER)
    assert revocations() == []


def test_refused_removal_revokes_nothing(membership_of: MembershipOf, alice: User) -> None:
    with pytest.raises(LastOwnerStays):
        services.remove_member(actor=Actor(alice), membership=membership_of(alice))
    assert revocations() == []


# People


def person_form(user: User, **changes: str) -> dict[str, str]:
    joined = user.date_joined
    return {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "date_joined_0": joined.date().isoformat(),
        "date_joined_1": joined.time().isoformat(),
        **changes,
    }


def test_deactivated_person_loses_all_channels(staff: Client, project: Project, bob: User) -> None:
    staff.post(f"/admin/auth/user/{bob.pk}/change/", person_form(bob))
    revocation = only_revocation()
    assert (revocation.username, revocation.code, revocation.channels) == ("bob", 4401, None)


def test_other_edits_of_a_person_revoke_nothing(staff: Client, project: Project, bob: User) -> None:
    form = person_form(bob, first_name="Robert", is_active="on")
    staff.post(f"/admin/auth/user/{bob.pk}/change/", form)
    bob.refresh_from_db()
    assert bob.first_name == "Robert"
    assert revocations() == []


# Passwords, by every path


def change_in_the_client(staff: Client, bob: User) -> None:
    window = Client()
    window.force_login(bob)
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    path = "/_allauth/browser/v1/account/password/change"
    answer = window.post(path, body, content_type="application/json")
    assert answer.status_code == 200, answer.content


def change_in_the_admin(staff: Client, bob: User) -> None:
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    answer = staff.post(f"/admin/auth/user/{bob.pk}/password/", form)
    assert answer.status_code == 302


def change_ones_own_in_the_admin(staff: Client, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    window = Client()
    window.force_login(bob)
    form = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    # Django names the fields by the form's class, which has changed between its versions.
    form |= {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    assert window.post("/admin/password_change/", form).status_code == 302


def change_in_a_shell(staff: Client, bob: User) -> None:
    bob.set_password(NEW_PASSWORD)
    bob.save()


@pytest.mark.parametrize(
    "change",
    [
        change_in_the_client,
        change_in_the_admin,
        change_ones_own_in_the_admin,
        change_in_a_shell,
    ],
)
def test_new_password_takes_new_tickets(
    staff: Client, project: Project, bob: User, change: Callable[[Client, User], None]
) -> None:
    change(staff, bob)
    bob.refresh_from_db()
    assert bob.check_password(NEW_PASSWORD)
    revocation = only_revocation()
    assert (revocation.username, revocation.code, revocation.channels) == ("bob", 4401, None)


def test_password_that_is_taken_away_counts_too(staff: Client, project: Project, bob: User) -> None:
    form = {"usable_password": "false", "unset-password": "1"}
    assert staff.post(f"/admin/auth/user/{bob.pk}/password/", form).status_code == 302
    bob.refresh_from_db()
    assert not bob.has_usable_password()
    assert only_revocation().username == "bob"


def test_hash_that_is_only_upgraded_revokes_nothing(
    project: Project, bob: User, settings: LazySettings
) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    signed_in = APIClient().post("/api/token/", {"username": "bob", "password": PASSWORD})
    assert signed_in.status_code == 200
    bob.refresh_from_db()
    assert bob.password.startswith("pbkdf2_sha256$")
    assert revocations() == []


def test_who_is_in_no_project_is_not_mentioned(db: None, charlie: User) -> None:
    services.change_password(user=charlie, password=NEW_PASSWORD)
    assert charlie.check_password(NEW_PASSWORD)
    assert revocations() == []


# Sessions and tokens


def test_signing_out_ends_the_tickets(project: Project, bob: User) -> None:
    window = Client()
    window.force_login(bob)
    assert window.delete("/_allauth/browser/v1/auth/session").status_code == 401
    assert window.get("/api/me/").status_code == 401
    revocation = only_revocation()
    assert (revocation.username, revocation.code, revocation.channels) == ("bob", 4401, None)


def test_signing_out_of_the_admin_ends_the_tickets(staff: Client, project: Project) -> None:
    assert staff.post("/admin/logout/").status_code == 200
    assert staff.get("/api/me/").status_code == 401
    assert only_revocation().username == "alice"


def test_signing_out_twice_or_by_a_mere_link_does_nothing(staff: Client, project: Project) -> None:
    assert staff.get("/admin/logout/").status_code == 405
    assert revocations() == []
    staff.post("/admin/logout/")
    staff.post("/admin/logout/")
    assert len(revocations()) == 1


def test_deleted_token_ends_the_tickets(staff: Client, project: Project, bob: User) -> None:
    tokens = get_token_model().objects
    first, _ = tokens.create(user=bob)
    tokens.create(user=bob)
    staff.post(f"/admin/knox/authtoken/{first.pk}/delete/", {"post": "yes"})
    assert (tokens.count(), len(revocations())) == (1, 1)
    chosen = [token.pk for token in tokens.all()]
    action = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    staff.post("/admin/knox/authtoken/", action)
    assert tokens.count() == 0
    assert [revocation.username for revocation in revocations()] == ["bob", "bob"]


def test_ticket_does_not_outlive_the_token_it_was_got_with(sprint: Sprint, bob: User) -> None:
    token, secret = get_token_model().objects.create(user=bob, expiry=timedelta(minutes=5))
    client = APIClient(headers={"Authorization": f"Token {secret}"})
    assert link_of(client, sprint).expires_ms == int(token.expiry.timestamp() * 1000)
    assert token.expiry < timezone.now() + timedelta(minutes=6)


# Which tickets


def test_tickets_from_before_are_covered_and_later_ones_are_not(
    sprint: Sprint, membership_of: MembershipOf, alice: User, bob: User, as_user: Any
) -> None:
    window = as_user(bob)
    before, of_alice = link_of(window, sprint), link_of(as_user(alice), sprint)
    services.change_role(actor=Actor(alice), membership=membership_of(bob), role=Role.VIEWER)
    after = link_of(window, sprint)
    revocation = only_revocation()
    assert revocation.covers(before)
    assert not revocation.covers(after)
    assert not revocation.covers(of_alice)
    assert (before.role, after.role) == ("member", "viewer")


def test_no_clock_decides_which_came_first(
    sprint: Sprint,
    membership_of: MembershipOf,
    alice: User,
    bob: User,
    as_user: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = as_user(bob)
    # So that ``control`` exists, as it does wherever a watercooler has been running.
    services.revoke_tickets(user=alice)
    with monkeypatch.context() as patch:
        patch.setattr("realtime.tickets.now_ms", lambda: now_ms() + 600_000)
        before = link_of(window, sprint)
    services.change_role(actor=Actor(alice), membership=membership_of(bob), role=Role.VIEWER)
    with monkeypatch.context() as patch:
        patch.setattr("realtime.tickets.now_ms", lambda: now_ms() - 600_000)
        after = link_of(window, sprint)
    revocation = revocations()[-1]
    assert revocation.covers(before)
    assert not revocation.covers(after)


def test_request_under_way_while_the_password_changes_gets_no_ticket(
    sprint: Sprint, bob: User
) -> None:
    client = APIClient()
    client.force_authenticate(User.objects.get(pk=bob.pk))
    services.change_password(user=bob, password=NEW_PASSWORD)
    assert client.post(f"/api/sprints/{sprint.pk}/ticket/").status_code == 404
    assert client.get(f"/api/sprints/{sprint.pk}/").json()["links"]["channel"] is None


# Publishing


@pytest.mark.django_db(transaction=True)
def test_revocation_is_published_on_commit(
    live: LiveSide, membership_of: MembershipOf, project: Project, alice: User, bob: User
) -> None:
    heard = live.listen("control")
    with transaction.atomic():
        services.remove_member(actor=Actor(alice), membership=membership_of(bob))
        assert heard.heard() == []
    (event,) = heard.heard()
    assert (event["model"], event["action"]) == ("access", "revoke")
    assert live.is_true_to_database("control")


@pytest.mark.django_db(transaction=True)
def test_nothing_is_published_on_rollback(
    live: LiveSide, membership_of: MembershipOf, project: Project, alice: User, bob: User
) -> None:
    heard = live.listen("control")
    with transaction.atomic():
        services.remove_member(actor=Actor(alice), membership=membership_of(bob))
        services.change_password(user=bob, password=NEW_PASSWORD)
        transaction.set_rollback(True)
    assert heard.heard() == []
    assert revocations() == []
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_revocations_of_all_kinds_at_once_wait_for_one_another(
    live: LiveSide, membership_of: MembershipOf, project: Project, alice: User, bob: User
) -> None:
    """Lock order: ``control`` comes before every other channel."""
    roles = (Role.VIEWER, Role.MEMBER)

    def work(number: int) -> None:
        for turn in range(5):
            user = User.objects.get(pk=bob.pk)
            if number == 0:
                role = roles[turn % 2]
                services.add_member(actor=Actor(alice), project=project, user=user, role=role)
            elif number == 1:
                given = {"is_active": bool(turn % 2)}
                services.update_person(actor=Actor(alice), user=user, given=given)
            else:
                services.change_password(user=user, password=f"{NEW_PASSWORD} {number} {turn}")

    in_threads(work, 4)
    found = revocations()
    assert len(found) == 5 + 3 + 10
    assert live.seqs("control") == list(range(1, len(found) + 1))
