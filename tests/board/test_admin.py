"""Django's admin: the domain to look at, people and memberships to change through services."""

from collections.abc import Callable

import orjson
import pytest
from django.contrib.auth.models import User
from django.test import Client

from board.models import Event, Membership, Project, Role, Task


@pytest.fixture
def staff(alice: User, client: Client) -> Client:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client.force_login(alice)
    return client


def last_event(project: Project) -> dict[str, object]:
    row = Event.objects.filter(channel=f"project.{project.pk}").latest("seq")
    return dict(orjson.loads(row.payload))


@pytest.mark.parametrize(
    "model", ["project", "sprint", "label", "task", "channel", "event", "membership"]
)
def test_lists_show(staff: Client, task: Task, model: str) -> None:
    assert staff.get(f"/admin/board/{model}/").status_code == 200


def test_domain_rows_cannot_be_changed_or_deleted(staff: Client, task: Task) -> None:
    assert staff.get(f"/admin/board/task/{task.pk}/change/").status_code == 200
    answer = staff.post(f"/admin/board/task/{task.pk}/change/", {"name": "Behind our backs"})
    assert answer.status_code == 403
    assert staff.get("/admin/board/task/add/").status_code == 403
    assert staff.post(f"/admin/board/task/{task.pk}/delete/", {"post": "yes"}).status_code == 403


def test_member_is_added_and_given_another_role_with_events(
    staff: Client, project: Project, charlie: User
) -> None:
    form = {"project": project.pk, "user": charlie.pk, "role": "member"}
    assert staff.post("/admin/board/membership/add/", form).status_code == 302
    membership = Membership.objects.get(user=charlie)
    assert (last_event(project)["action"], membership.role) == ("add", Role.MEMBER)
    path = f"/admin/board/membership/{membership.pk}/change/"
    assert staff.post(path, {"role": "viewer"}).status_code == 302
    membership.refresh_from_db()
    assert (last_event(project)["action"], membership.role) == ("update", Role.VIEWER)


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


def test_persons_new_name_reaches_their_projects(
    staff: Client, project: Project, bob: User
) -> None:
    form = person_form(bob, first_name="Robert", username="robert")
    assert staff.post(f"/admin/auth/user/{bob.pk}/change/", form).status_code == 302
    bob.refresh_from_db()
    assert (bob.first_name, bob.username) == ("Robert", "bob")
    assert last_event(project)["changed"] == {"full_name": ["Bob Baker", "Robert Baker"]}


def test_deactivated_person_is_told_to_their_projects(
    staff: Client, project: Project, bob: User
) -> None:
    form = person_form(bob)
    del form["is_active"]
    assert staff.post(f"/admin/auth/user/{bob.pk}/change/", form).status_code == 302
    assert last_event(project)["changed"] == {"is_active": [True, False]}


def test_people_cannot_be_deleted(staff: Client, bob: User) -> None:
    assert staff.post(f"/admin/auth/user/{bob.pk}/delete/", {"post": "yes"}).status_code == 403


def test_members_are_not_let_into_the_admin(
    client: Client, bob: User, project: Project, as_user: Callable[..., object]
) -> None:
    client.force_login(bob)
    assert client.get("/admin/").status_code == 302
