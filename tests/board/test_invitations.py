"""Invitations under way at once, and what is told of them; the rest is in the contract's tests."""

from collections.abc import Callable

import orjson
import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone

from board import queries, services
from board.changes import Actor
from board.errors import InvitationUsed, LinkEnded, RoleForbids, TooManyInvitations
from board.models import Event, Invitation, Membership, Project, Role
from board.services.invitations import MOST_OPEN
from tests.board.live import LiveSide, in_threads
from tests.conftest import make_user

Invite = Callable[..., str]


@pytest.fixture
def invite(project: Project, alice: User) -> Invite:
    """Have Alice invite somebody; return the token of the link."""

    def make(role: Role = Role.MEMBER) -> str:
        _, link = services.create_invitation(
            actor=Actor(alice), project=project, role=role, origin="https://board.example"
        )
        return link.partition("#")[2]

    return make


def people(count: int) -> list[User]:
    return [make_user(f"person{number}", f"Person {number}") for number in range(count)]


# At once


@pytest.mark.django_db(transaction=True)
def test_of_many_who_come_at_once_one_gets_in(
    live: LiveSide, invite: Invite, project: Project
) -> None:
    token, crowd = invite(), people(6)
    outcomes: list[str] = []

    def work(number: int) -> None:
        try:
            services.accept_invitation(actor=Actor(crowd[number]), token=token)
            outcomes.append("in")
        except LinkEnded:
            outcomes.append("refused")

    in_threads(work, len(crowd))
    assert sorted(outcomes) == ["in"] + ["refused"] * 5
    members = Membership.objects.filter(project=project, user__in=crowd)
    assert [member.user for member in members] == [Invitation.objects.get().accepted_by]


@pytest.mark.django_db(transaction=True)
def test_one_person_in_many_windows_gets_in_once(
    live: LiveSide, invite: Invite, project: Project, charlie: User
) -> None:
    token = invite()
    outcomes: list[str] = []

    def work(number: int) -> None:
        try:
            services.accept_invitation(actor=Actor(charlie), token=token)
            outcomes.append("in")
        except LinkEnded:
            outcomes.append("refused")

    in_threads(work, 4)
    assert sorted(outcomes) == ["in"] + ["refused"] * 3
    assert Membership.objects.filter(project=project, user=charlie).count() == 1


@pytest.mark.django_db(transaction=True)
def test_accepting_and_taking_back_at_once_has_one_outcome(
    live: LiveSide, invite: Invite, project: Project, charlie: User
) -> None:
    for _ in range(5):
        token = invite()
        invitation = Invitation.objects.latest("id")
        Membership.objects.filter(project=project, user=charlie).delete()

        def work(number: int, token: str = token, invitation: Invitation = invitation) -> None:
            try:
                if number:
                    services.accept_invitation(actor=Actor(charlie), token=token)
                else:
                    services.revoke_invitation(invitation=invitation)
            except (LinkEnded, InvitationUsed):
                pass

        in_threads(work, 2)
        invitation.refresh_from_db()
        is_in = Membership.objects.filter(project=project, user=charlie).exists()
        assert invitation.status == ("accepted" if is_in else "revoked")


@pytest.mark.django_db(transaction=True)
def test_limit_holds_for_many_at_once(
    live: LiveSide, invite: Invite, project: Project, alice: User
) -> None:
    invite()
    template = Invitation.objects.get()
    for number in range(MOST_OPEN - 3):
        template.pk, template.secret_hash = None, str(number)
        template.save()
    refused: list[int] = []

    def work(number: int) -> None:
        try:
            invite()
        except TooManyInvitations:
            refused.append(number)

    in_threads(work, 6)
    assert queries.open_invitations().count() == MOST_OPEN
    assert len(refused) == 4


@pytest.mark.django_db(transaction=True)
def test_nobody_is_invited_to_what_is_being_archived(
    live: LiveSide, invite: Invite, project: Project, alice: User
) -> None:
    def work(number: int) -> None:
        if number:
            services.archive_project(actor=Actor(alice), project=project)
            return
        for _ in range(5):
            try:
                invite()
            except RoleForbids:
                return

    in_threads(work, 2)
    assert not queries.open_invitations().exists()


# What is told


@pytest.mark.django_db(transaction=True)
def test_newcomer_is_announced_and_the_invitation_is_not(
    live: LiveSide, invite: Invite, project: Project, charlie: User
) -> None:
    heard = live.listen(f"project.{project.pk}")
    token = invite()
    assert heard.heard() == []
    services.accept_invitation(actor=Actor(charlie), token=token)
    (event,) = heard.heard()
    assert (event["model"], event["action"], event["actor"]) == ("membership", "add", "charlie")


def test_no_event_holds_a_secret(invite: Invite, charlie: User) -> None:
    token = invite(Role.VIEWER)
    services.accept_invitation(actor=Actor(charlie), token=token)
    secret = token.partition(":")[0]
    assert secret not in "".join(Event.objects.values_list("payload", flat=True))


def test_who_is_raised_by_an_invitation_takes_new_tickets(invite: Invite, vera: User) -> None:
    services.accept_invitation(actor=Actor(vera), token=invite(Role.OWNER))
    revoked = orjson.loads(Event.objects.filter(channel="control").latest("seq").payload)["body"]
    assert (revoked["username"], revoked["code"]) == ("vera", 4401)


def test_nothing_is_used_up_on_rollback(invite: Invite, charlie: User) -> None:
    token = invite()
    with transaction.atomic():
        services.accept_invitation(actor=Actor(charlie), token=token)
        transaction.set_rollback(True)
    assert queries.invitation_of(token).status == "open"


# Whoever made it


@pytest.mark.parametrize("end", ["removed", "deactivated", "lowered"])
def test_invitations_end_with_the_ownership_of_who_made_them(
    project: Project, membership_of: Callable[[User], Membership], alice: User, bob: User, end: str
) -> None:
    services.change_role(actor=Actor(alice), membership=membership_of(bob), role=Role.OWNER)
    made = {
        user: services.create_invitation(
            actor=Actor(user), project=project, role=Role.OWNER, origin=""
        )[0]
        for user in (alice, bob)
    }
    membership = membership_of(bob)
    if end == "removed":
        services.remove_member(actor=Actor(alice), membership=membership)
    elif end == "deactivated":
        services.update_person(actor=Actor(alice), user=bob, given={"is_active": False})
    else:
        services.change_role(actor=Actor(alice), membership=membership, role=Role.VIEWER)
    for invitation in made.values():
        invitation.refresh_from_db()
    assert (made[alice].status, made[bob].status) == ("open", "revoked")


def test_used_and_expired_ones_stay_what_they_were(
    project: Project,
    invite: Invite,
    membership_of: Callable[[User], Membership],
    alice: User,
    bob: User,
    charlie: User,
) -> None:
    services.accept_invitation(actor=Actor(charlie), token=invite())
    invite()
    Invitation.objects.filter(accepted_at=None).update(expires_at=timezone.now())
    services.hand_over(actor=Actor(alice), membership=membership_of(bob))
    services.archive_project(actor=Actor(bob), project=project)
    assert {one.status for one in Invitation.objects.all()} == {"accepted", "expired"}


# The admin


def test_admin_shows_invitations_and_neither_changes_nor_tells_them(
    invite: Invite, alice: User, client: Client
) -> None:
    invite()
    invitation = Invitation.objects.get()
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client.force_login(alice)
    path = "/admin/board/invitation/"
    assert client.get(path).status_code == 200
    page = client.get(f"{path}{invitation.pk}/change/")
    assert page.status_code == 200
    assert invitation.secret_hash not in page.content.decode()
    assert client.get(f"{path}add/").status_code == 403
    assert client.post(f"{path}{invitation.pk}/change/", {"role": "owner"}).status_code == 403
    assert client.post(f"{path}{invitation.pk}/delete/", {"post": "yes"}).status_code == 403
