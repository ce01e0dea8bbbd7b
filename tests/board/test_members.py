"""Projects that change hands, are archived or deleted, under way at once and as they are told."""

from collections.abc import Callable

import orjson
import pytest
from django.contrib.auth.models import User
from django.db import transaction
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.errors import AlreadyGone, LastOwnerStays, RoleForbids
from board.models import Channel, Event, Membership, Project, Role, Sprint, Task
from board.relay import Relay
from tests.board.live import LiveSide, in_threads

MembershipOf = Callable[[User], Membership]


def revoked() -> dict[str, int]:
    """Usernames and close codes of all revocations on ``control``."""
    rows = Event.objects.filter(channel="control").order_by("seq")
    bodies = [orjson.loads(payload)["body"] for payload in rows.values_list("payload", flat=True)]
    return {body["username"]: body["code"] for body in bodies}


def owners(project: Project) -> list[str]:
    found = Membership.objects.filter(project=project, role=Role.OWNER).order_by("user__username")
    return [membership.user.username for membership in found.select_related("user")]


# Handing over


@pytest.mark.django_db(transaction=True)
def test_both_are_told_in_one_change_and_take_new_tickets(
    live: LiveSide, project: Project, membership_of: MembershipOf, alice: User, bob: User
) -> None:
    heard = live.listen(f"project.{project.pk}")
    services.hand_over(actor=Actor(alice), membership=membership_of(bob))
    events = heard.heard()
    assert [event["changed"] for event in events] == [
        {"role": ["member", "owner"]},
        {"role": ["owner", "member"]},
    ]
    assert len({event["change"] for event in events}) == 1
    assert revoked() == {"alice": 4401, "bob": 4401}


@pytest.mark.django_db(transaction=True)
def test_owners_who_hand_over_at_once_leave_one(
    live: LiveSide,
    project: Project,
    membership_of: MembershipOf,
    alice: User,
    bob: User,
    vera: User,
) -> None:
    heirs = [membership_of(bob), membership_of(vera)]
    refused: list[int] = []

    def work(number: int) -> None:
        try:
            services.hand_over(actor=Actor(alice), membership=heirs[number])
        except RoleForbids:
            refused.append(number)

    in_threads(work, 2)
    assert len(refused) == 1
    assert owners(project) == [heirs[1 - refused[0]].user.username]


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_do_not_both(
    live: LiveSide, project: Project, membership_of: MembershipOf, alice: User, bob: User
) -> None:
    services.change_role(actor=Actor(alice), membership=membership_of(bob), role=Role.OWNER)
    both = [membership_of(alice), membership_of(bob)]
    refused: list[int] = []

    def work(number: int) -> None:
        try:
            services.remove_member(actor=Actor(both[number].user), membership=both[number])
        except LastOwnerStays:
            refused.append(number)

    in_threads(work, 2)
    assert len(refused) == 1
    assert owners(project) == [both[refused[0]].user.username]


def test_removed_member_is_no_heir(
    project: Project, membership_of: MembershipOf, alice: User, bob: User
) -> None:
    membership = membership_of(bob)
    services.remove_member(actor=Actor(alice), membership=membership_of(bob))
    with pytest.raises(AlreadyGone):
        services.hand_over(actor=Actor(alice), membership=membership)
    assert owners(project) == ["alice"]


# Roles raised by oneself


@pytest.mark.parametrize("name", ["bob", "vera"])
def test_nobody_raises_themselves_by_any_body(
    project: Project,
    sprint: Sprint,
    task: Task,
    membership_of: MembershipOf,
    as_user: Callable[..., APIClient],
    name: str,
) -> None:
    user = User.objects.get(username=name)
    client, own = as_user(user), membership_of(user)
    raised = {"role": "owner"}
    bodies = [
        raised,
        {"membership": {"id": own.pk, **raised}},
        {"memberships": [{"id": own.pk, **raised}]},
        {"members": [{"user": name, **raised}]},
        {"own_role": "owner"},
        {"project": {"id": project.pk, "memberships": [raised]}},
        {"user": {"is_staff": True, "is_superuser": True}},
        {"is_staff": True, "is_superuser": True, "default_project": project.pk},
    ]
    paths = [
        f"/api/memberships/{own.pk}/",
        f"/api/projects/{project.pk}/",
        f"/api/sprints/{sprint.pk}/",
        f"/api/tasks/{task.pk}/",
        f"/api/users/{name}/",
        "/api/me/",
        "/api/memberships/",
        "/api/invitations/",
        "/api/projects/",
    ]
    for path in paths:
        for body in bodies:
            for method in (client.post, client.put, client.patch):
                method(path, body, format="json")
    own.refresh_from_db()
    user.refresh_from_db()
    assert own.role == ("member" if name == "bob" else "viewer")
    assert not user.is_staff
    assert not user.is_superuser
    assert owners(project) == ["alice"]


def test_project_of_ones_own_gives_no_role_in_another(
    project: Project, outsider: APIClient, foreign_project: Project, charlie: User
) -> None:
    own = Membership.objects.get(user=charlie)
    body = {"project": project.pk, "role": "owner", "user": "charlie"}
    assert outsider.put(f"/api/memberships/{own.pk}/", body).json()["project"] == own.project_id
    assert outsider.post("/api/memberships/", body).status_code == 405
    assert not Membership.objects.filter(project=project, user=charlie).exists()


# Deleting a project


@pytest.mark.django_db(transaction=True)
def test_everybody_in_a_deleted_project_is_sent_away_for_good(
    live: LiveSide, project: Project, sprint: Sprint, alice: User
) -> None:
    heard = live.listen(f"project.{project.pk}")
    services.delete_project(actor=Actor(alice), project=project, confirmation="WEB")
    (told,) = heard.heard()
    assert (told["model"], told["action"], told["id"]) == ("project", "remove", project.pk)
    assert (told["body"], told["actor"]) == (None, "alice")
    assert revoked() == {"alice": 4403, "bob": 4403, "vera": 4403}
    channels = sorted([f"project.{project.pk}", f"sprint.{sprint.pk}"])
    bodies = [event["body"] for event in live.stored("control")]
    assert [body["channels"] for body in bodies if isinstance(body, dict)] == [channels] * 3


@pytest.mark.django_db(transaction=True)
def test_relay_lets_a_deleted_project_rest(
    live: LiveSide, project: Project, sprint: Sprint, alice: User
) -> None:
    relay = Relay()
    relay.tick()
    services.delete_project(actor=Actor(alice), project=project, confirmation="WEB")
    live.client.flushall()
    relay.tick()
    assert live.top(f"project.{project.pk}") is None
    assert live.is_true_to_database("control")


@pytest.mark.django_db(transaction=True)
def test_nothing_is_deleted_or_told_on_rollback(
    live: LiveSide, project: Project, task: Task, alice: User
) -> None:
    heard = live.listen("control")
    with transaction.atomic():
        services.delete_project(actor=Actor(alice), project=project, confirmation="WEB")
        transaction.set_rollback(True)
    assert heard.heard() == []
    assert Task.objects.filter(pk=task.pk).exists()
    assert Channel.objects.filter(pk=f"project.{project.pk}").exists()


@pytest.mark.django_db(transaction=True)
def test_writes_under_way_while_a_project_is_deleted_find_it_gone(
    live: LiveSide, project: Project, sprint: Sprint, task: Task, alice: User, bob: User
) -> None:
    old_task, old_sprint = Task.objects.get(pk=task.pk), Sprint.objects.get(pk=sprint.pk)
    member = Membership.objects.get(project=project, user=bob)
    services.delete_project(actor=Actor(alice), project=project, confirmation="WEB")
    actor = Actor(bob)
    given = {"name": "Late", "end": sprint.end}
    writes: list[Callable[[], object]] = [
        lambda: services.create_task(actor=actor, project=project, given={"name": "Late"}),
        lambda: services.update_task(actor=actor, task=old_task, given={"name": "Late"}),
        lambda: services.move_task(actor=actor, task=old_task, given={}),
        lambda: services.delete_task(actor=actor, task=old_task),
        lambda: services.create_sprint(actor=actor, project=project, given=given),
        lambda: services.update_sprint(actor=actor, sprint=old_sprint, given=given),
        lambda: services.delete_sprint(actor=actor, sprint=old_sprint),
        lambda: services.share_sprint(actor=actor, sprint=old_sprint),
        lambda: services.update_project(actor=actor, project=project, given=given),
        lambda: services.archive_project(actor=actor, project=project),
        lambda: services.change_role(actor=actor, membership=member, role=Role.VIEWER),
        lambda: services.remove_member(actor=actor, membership=member),
        lambda: services.create_invitation(
            actor=actor, project=project, role=Role.VIEWER, origin=""
        ),
        lambda: services.delete_project(actor=actor, project=project, confirmation="WEB"),
    ]
    for write in writes:
        with pytest.raises(AlreadyGone):
            write()
    assert list(Channel.objects.values_list("name", flat=True)) == ["control"]
