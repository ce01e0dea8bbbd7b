"""Projects that are archived, restored and deleted, and owners who hand over."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import (
    Channel,
    Event,
    Invitation,
    Membership,
    Mutation,
    Project,
    Role,
    Sprint,
    Task,
)

AsUser = Callable[[User | None], APIClient]
MembershipOf = Callable[[User], Membership]


def once() -> dict[str, str]:
    """Headers of a write whose answer is kept."""
    return {"X-Client-Mutation": str(uuid4())}


@pytest.fixture
def path(project: Project) -> str:
    return f"/api/projects/{project.pk}/"


@pytest.fixture
def archived(project: Project, alice: User) -> Project:
    return services.archive_project(actor=Actor(alice), project=project)


# Archiving


def test_archived_project_says_when_and_leaves_the_list(
    api: APIClient, path: str, project: Project
) -> None:
    assert api.get(path).json()["archived_at"] is None
    answer = api.post(f"{path}archive/")
    assert answer.status_code == 200
    assert answer.json()["archived_at"] is not None
    assert answer.json() == api.get(path).json()
    assert api.get("/api/projects/").json()["count"] == 0
    assert api.get("/api/projects/?archived=false").json()["count"] == 0
    assert [p["id"] for p in api.get("/api/projects/?archived=true").json()["results"]] == [
        project.pk
    ]


def test_restored_project_is_as_before(api: APIClient, path: str, archived: Project) -> None:
    body = api.post(f"{path}restore/").json()
    assert (body["archived_at"], body["version"]) == (None, 3)
    assert api.patch(path, {"name": "Shop"}).status_code == 200
    assert api.get("/api/projects/").json()["count"] == 1


def test_archiving_and_restoring_twice_changes_nothing(
    api: APIClient, path: str, project: Project
) -> None:
    assert api.post(f"{path}restore/").json()["version"] == 1
    first = api.post(f"{path}archive/").json()
    assert api.post(f"{path}archive/").json() == first


def test_version_is_checked_when_archiving(api: APIClient, path: str) -> None:
    for name in ("archive", "restore"):
        assert api.post(f"{path}{name}/", headers={"If-Match": '"9"'}).status_code == 412
    assert api.get(path).json()["archived_at"] is None


def test_watchers_are_told(api: APIClient, path: str, project: Project) -> None:
    api.post(f"{path}archive/")
    newest = Event.objects.filter(channel=f"project.{project.pk}").latest("seq")
    assert '"model":"project","action":"update"' in newest.payload
    assert '"changed":{"archived_at":[null,' in newest.payload


def test_archived_project_is_nobodys_default(
    api: APIClient, archived: Project, alice: User
) -> None:
    assert api.get("/api/me/").json()["default_project"] is None
    assert [m["project"]["id"] for m in api.get("/api/me/").json()["memberships"]] == [archived.pk]
    other = services.create_project(
        actor=Actor(alice), given={"key": "OPS", "name": "Operations", "time_zone": "UTC"}
    )
    assert api.get("/api/me/").json()["default_project"] == other.pk


def test_archived_project_can_be_read(
    api: APIClient, viewer: APIClient, path: str, sprint: Sprint, task: Task, archived: Project
) -> None:
    for client in (api, viewer):
        for place in (
            path,
            f"{path}progress/",
            f"/api/tasks/{task.pk}/",
            f"/api/sprints/{sprint.pk}/board/",
        ):
            assert client.get(place).status_code == 200
        assert client.post(f"/api/sprints/{sprint.pk}/ticket/").status_code == 200


def test_archived_project_cannot_be_changed_by_anybody(
    api: APIClient,
    as_user: AsUser,
    bob: User,
    path: str,
    sprint: Sprint,
    task: Task,
    membership_of: MembershipOf,
    archived: Project,
) -> None:
    member = f"/api/memberships/{membership_of(bob).pk}/"
    end = str(sprint.end + timedelta(days=7))
    writes: list[tuple[str, str, dict[str, Any]]] = [
        ("patch", path, {"name": "n"}),
        ("put", path, {"name": "n"}),
        ("patch", member, {"role": "viewer"}),
        ("post", f"{member}hand-over/", {}),
        ("post", "/api/invitations/", {"project": archived.pk, "role": "member"}),
        ("post", "/api/sprints/", {"project": archived.pk, "name": "n", "end": end}),
        ("patch", f"/api/sprints/{sprint.pk}/", {"name": "n"}),
        ("put", f"/api/sprints/{sprint.pk}/", {"name": "n"}),
        ("post", f"/api/sprints/{sprint.pk}/close/", {}),
        ("post", f"/api/sprints/{sprint.pk}/reopen/", {}),
        ("post", f"/api/sprints/{sprint.pk}/share/", {}),
        ("delete", f"/api/sprints/{sprint.pk}/?tasks=backlog", {}),
        ("post", "/api/tasks/", {"project": archived.pk, "name": "n"}),
        ("post", "/api/tasks/", {"sprint": sprint.pk, "name": "n"}),
        ("patch", f"/api/tasks/{task.pk}/", {"name": "n"}),
        ("put", f"/api/tasks/{task.pk}/", {"name": "n"}),
        ("post", f"/api/tasks/{task.pk}/move/", {}),
        ("delete", f"/api/tasks/{task.pk}/", {}),
    ]
    events = Event.objects.count()
    for client in (api, as_user(bob)):
        for method, place, body in writes:
            answer = getattr(client, method)(place, body)
            assert answer.status_code == 403, (method, place, answer.content)
        assert "archived" in answer.json()["detail"]
    assert Event.objects.count() == events


def test_archive_keeps_nobody_in(
    api: APIClient,
    viewer: APIClient,
    bob: User,
    vera: User,
    sprint: Sprint,
    membership_of: MembershipOf,
    archived: Project,
) -> None:
    own, other = membership_of(vera), membership_of(bob)
    assert viewer.delete(f"/api/memberships/{own.pk}/").status_code == 204
    assert api.delete(f"/api/memberships/{other.pk}/").status_code == 204
    assert api.delete(f"/api/sprints/{sprint.pk}/share/").status_code == 204


def test_archiving_takes_open_invitations_back(api: APIClient, path: str, project: Project) -> None:
    api.post("/api/invitations/", {"project": project.pk, "role": "member"})
    api.post(f"{path}archive/")
    assert Invitation.objects.get().status == "revoked"


# Deleting


def test_deletion_needs_the_key_as_it_is(api: APIClient, path: str) -> None:
    for query in ("", "?confirm=", "?confirm=web", "?confirm=WEB%20", "?confirm=HID"):
        answer = api.delete(path + query)
        assert answer.status_code == 409
        assert "?confirm=WEB" in answer.json()["detail"]
    assert api.delete(f"{path}?confirm=WEB", headers={"If-Match": '"9"'}).status_code == 412
    assert api.get(path).status_code == 200


@pytest.mark.parametrize("is_archived", [False, True])
def test_deleted_project_leaves_nothing(
    api: APIClient,
    path: str,
    project: Project,
    sprint: Sprint,
    new_task: Callable[..., Task],
    foreign_task: Task,
    is_archived: bool,
) -> None:
    for status in (1, 2, 3, 4):
        new_task(sprint=sprint, status=status, assigned="bob")
    new_task("In the backlog")
    deleted = new_task("Deleted", sprint=sprint, status=4)
    assert api.delete(f"/api/tasks/{deleted.pk}/").status_code == 204
    api.post("/api/invitations/", {"project": project.pk, "role": "member"})
    api.post(f"/api/sprints/{sprint.pk}/share/")
    api.patch("/api/me/", {"default_project": project.pk})
    for kept in (
        api.post("/api/tasks/", {"name": "n"}, headers=once()),
        api.put(path, headers=once()),
    ):
        assert kept.status_code < 300
    if is_archived:
        api.post(f"{path}archive/")
    assert api.delete(f"{path}?confirm=WEB").status_code == 204
    assert api.get(path).status_code == 404
    assert [one.key for one in Project.objects.all()] == ["HID"]
    assert [one.pk for one in Task.objects.all()] == [foreign_task.pk]
    assert not Mutation.objects.exists()
    foreign = foreign_task.project_id
    left = {"control", f"project.{foreign}", f"sprint.{foreign_task.sprint_id}"}
    assert set(Channel.objects.values_list("name", flat=True)) == left
    assert set(Event.objects.values_list("channel", flat=True)) == left
    assert api.get("/api/me/").json()["default_project"] is None
    again = api.post("/api/projects/", {"key": "WEB", "name": "Again"})
    assert again.json()["id"] > project.pk


def test_repeated_deletion_answers_204_again(api: APIClient, path: str) -> None:
    headers = once()
    for _ in range(2):
        assert api.delete(f"{path}?confirm=WEB", headers=headers).status_code == 204
    assert api.delete(f"{path}?confirm=WEB").status_code == 404


def test_only_owners_archive_restore_and_delete(
    as_user: AsUser, bob: User, vera: User, outsider: APIClient, path: str
) -> None:
    for client, status in ((as_user(bob), 403), (as_user(vera), 403), (outsider, 404)):
        assert client.post(f"{path}archive/").status_code == status
        assert client.post(f"{path}restore/").status_code == status
        assert client.delete(f"{path}?confirm=WEB").status_code == status
    assert Project.objects.get(key="WEB").version == 1


# Handing over


def test_owner_hands_over_and_stays_as_a_member(
    api: APIClient, membership_of: MembershipOf, alice: User, bob: User
) -> None:
    answer = api.post(f"/api/memberships/{membership_of(bob).pk}/hand-over/")
    assert answer.status_code == 200
    assert (answer.json()["user"], answer.json()["role"]) == ("bob", "owner")
    assert (membership_of(alice).role, membership_of(bob).role) == (Role.MEMBER, Role.OWNER)
    assert api.post(f"/api/memberships/{membership_of(bob).pk}/hand-over/").status_code == 403


def test_nobody_hands_over_what_they_do_not_own_or_to_themselves(
    api: APIClient,
    as_user: AsUser,
    outsider: APIClient,
    membership_of: MembershipOf,
    alice: User,
    bob: User,
    vera: User,
) -> None:
    for client, user, status in (
        (as_user(bob), bob, 403),
        (as_user(bob), vera, 403),
        (as_user(vera), vera, 403),
        (outsider, bob, 404),
        (api, alice, 400),
    ):
        path = f"/api/memberships/{membership_of(user).pk}/hand-over/"
        assert client.post(path).status_code == status
    roles = [membership_of(user).role for user in (alice, bob, vera)]
    assert roles == [Role.OWNER, Role.MEMBER, Role.VIEWER]


def test_handing_over_to_who_cannot_sign_in_is_refused(
    api: APIClient, membership_of: MembershipOf, bob: User
) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert api.post(f"/api/memberships/{membership_of(bob).pk}/hand-over/").status_code == 400
    assert membership_of(bob).role == Role.MEMBER


def test_version_is_checked_when_handing_over(
    api: APIClient, membership_of: MembershipOf, alice: User, bob: User
) -> None:
    path = f"/api/memberships/{membership_of(bob).pk}/hand-over/"
    assert api.post(path, headers={"If-Match": '"9"'}).status_code == 412
    assert membership_of(alice).role == Role.OWNER


def test_owner_who_cannot_sign_in_is_no_reason_to_go(
    api: APIClient, membership_of: MembershipOf, alice: User, bob: User
) -> None:
    services.change_role(actor=Actor(alice), membership=membership_of(bob), role=Role.OWNER)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert api.delete(f"/api/memberships/{membership_of(alice).pk}/").status_code == 409
