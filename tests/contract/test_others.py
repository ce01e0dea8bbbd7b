"""Users, projects, memberships and one's own account; writes that are safe to repeat."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board.models import Event, Membership, Mutation, Project, Sprint, Task


def test_users_are_those_with_whom_one_shares_a_project(
    api: APIClient, charlie: User, foreign_project: Project
) -> None:
    people = [user["username"] for user in api.get("/api/users/").json()["results"]]
    assert people == ["alice", "bob", "vera"]
    assert api.get("/api/users/charlie/").status_code == 404
    assert api.get("/api/users/nobody/").status_code == 404


def test_user_shows_all_its_fields(api: APIClient, bob: User) -> None:
    assert api.get("/api/users/bob/").json() == {
        "id": bob.pk,
        "username": "bob",
        "full_name": "Bob Baker",
        "is_active": True,
        "picture": None,
        "links": {
            "self": "http://testserver/api/users/bob/",
            "tasks": "http://testserver/api/tasks/?assigned=bob",
            "avatar": "http://testserver/api/users/bob/avatar/?v=4789e5be",
        },
    }


def test_users_are_read_only(api: APIClient) -> None:
    for method in (api.put, api.patch, api.delete):
        assert method("/api/users/bob/", {}).status_code == 405
    assert api.post("/api/users/", {"username": "eve"}).status_code == 405


def test_usernames_with_dots_work(api: APIClient, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(username="bob.b@example.com")
    for slash in ("", "/"):
        assert api.get(f"/api/users/bob.b@example.com{slash}").status_code == 200


def test_me(api: APIClient, project: Project) -> None:
    body = api.get("/api/me/").json()
    assert (body["username"], body["default_project"]) == ("alice", project.pk)
    assert [(m["role"], m["project"]["key"]) for m in body["memberships"]] == [("owner", "WEB")]


def test_default_project_is_the_first_joined_until_another_is_chosen(
    api: APIClient, project: Project, foreign_project: Project
) -> None:
    other = api.post("/api/projects/", {"key": "OPS", "name": "Operations"}).json()["id"]
    assert api.get("/api/me/").json()["default_project"] == project.pk
    assert api.patch("/api/me/", {"default_project": other}).json()["default_project"] == other
    assert api.post("/api/tasks/", {"name": "n"}).json()["project"] == other
    for hidden in (foreign_project.pk, 987654):
        assert api.patch("/api/me/", {"default_project": hidden}).status_code == 404
    for malformed in ("x", None, [1]):
        answer = api.patch("/api/me/", {"default_project": malformed}, format="json")
        assert answer.status_code == 400


def test_project_is_made_and_owned(api: APIClient) -> None:
    answer = api.post("/api/projects/", {"key": "OPS", "name": "Operations"})
    assert answer.status_code == 201
    owned = api.get(f"/api/memberships/?project={answer.json()['id']}").json()["results"]
    assert [(m["user"], m["role"]) for m in owned] == [("alice", "owner")]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "n"}, "key"),
        ({"key": "web", "name": "n"}, "key"),
        ({"key": "W", "name": "n"}, "key"),
        ({"key": "WEB", "name": "n"}, "key"),
        ({"key": "OPS"}, "name"),
        ({"key": "OPS", "name": "n", "time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
def test_invalid_projects_are_named(api: APIClient, given: dict[str, str], field: str) -> None:
    answer = api.post("/api/projects/", given)
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_only_owners_change_a_project(
    api: APIClient, as_user: Callable[..., APIClient], bob: User, project: Project
) -> None:
    path = f"/api/projects/{project.pk}/"
    assert as_user(bob).patch(path, {"name": "Bob's"}).status_code == 403
    body = api.patch(path, {"name": "Shop", "key": "NEW", "time_zone": "Europe/Berlin"}).json()
    assert (body["name"], body["key"], body["version"]) == ("Shop", "WEB", 2)


def test_progress_counts_tasks_and_points(
    api: APIClient, project: Project, sprint: Sprint, new_task: Callable[..., Task]
) -> None:
    new_task(sprint=sprint, points=3)
    new_task(sprint=sprint, points=5, status=4)
    new_task(sprint=sprint)
    new_task("Backlog does not count", points=8)
    assert api.get(f"/api/projects/{project.pk}/progress/").json() == {
        str(sprint.pk): {"tasks": 3, "tasks_done": 1, "points": 8, "points_done": 5}
    }


def test_owner_changes_roles_and_removes_members(
    api: APIClient,
    bob: User,
    new_task: Callable[..., Task],
    sprint: Sprint,
    membership_of: Callable[[User], Membership],
) -> None:
    task = new_task(sprint=sprint, assigned="bob")
    path = f"/api/memberships/{membership_of(bob).pk}/"
    assert api.patch(path, {"role": "viewer"}).json()["role"] == "viewer"
    assert api.patch(path, {"role": "king"}).status_code == 400
    assert api.delete(path).status_code == 204
    assert api.get(f"/api/tasks/{task.pk}/").json()["assigned"] is None


def test_members_cannot_raise_themselves_or_remove_others(
    as_user: Callable[..., APIClient],
    alice: User,
    bob: User,
    project: Project,
    membership_of: Callable[[User], Membership],
) -> None:
    client = as_user(bob)
    own, other = membership_of(bob), membership_of(alice)
    assert client.patch(f"/api/memberships/{own.pk}/", {"role": "owner"}).status_code == 403
    assert client.delete(f"/api/memberships/{other.pk}/").status_code == 403
    assert client.delete(f"/api/memberships/{own.pk}/").status_code == 204
    assert client.get(f"/api/projects/{project.pk}/").status_code == 404


def test_last_owner_cannot_leave_or_step_down(
    api: APIClient, alice: User, membership_of: Callable[[User], Membership]
) -> None:
    path = f"/api/memberships/{membership_of(alice).pk}/"
    assert api.delete(path).status_code == 409
    assert api.patch(path, {"role": "member"}).status_code == 409


def test_membership_cannot_be_moved_to_another_person_or_project(
    api: APIClient, bob: User, foreign_project: Project, membership_of: Callable[..., Membership]
) -> None:
    path = f"/api/memberships/{membership_of(bob).pk}/"
    body = api.patch(path, {"user": "charlie", "project": foreign_project.pk}).json()
    assert (body["user"], body["version"]) == ("bob", 1)


def test_preconditions_hold_for_projects_and_memberships(
    api: APIClient, project: Project, bob: User, membership_of: Callable[[User], Membership]
) -> None:
    for name, path in (
        ("project", f"/api/projects/{project.pk}/"),
        ("membership", f"/api/memberships/{membership_of(bob).pk}/"),
    ):
        etag = api.get(path)["ETag"]
        body = {"name": "n", "role": "viewer"}
        refused = api.patch(path, body, headers={"If-Match": '"77"'})
        assert (refused.status_code, refused.json()[name]) == (412, api.get(path).json())
        assert api.patch(path, body, headers={"If-Match": etag}).status_code == 200
    assert api.delete(path, headers={"If-Match": etag}).status_code == 412


# Writes that are safe to repeat


def test_repeated_mutation_gets_the_first_answer_and_acts_once(
    api: APIClient, project: Project
) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    first = api.post("/api/tasks/", {"name": "Once"}, headers=headers)
    again = api.post("/api/tasks/", {"name": "Once"}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["ETag"] == '"1"'
    assert Task.objects.count() == 1


def test_same_mutation_with_other_content_is_422(api: APIClient, task: Task) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    assert api.patch(f"/api/tasks/{task.pk}/", {"name": "A"}, headers=headers).status_code == 200
    assert api.patch(f"/api/tasks/{task.pk}/", {"name": "B"}, headers=headers).status_code == 422
    assert api.delete(f"/api/tasks/{task.pk}/", headers=headers).status_code == 422
    task.refresh_from_db()
    assert task.name == "A"


@pytest.mark.django_db(transaction=True)
def test_refused_mutation_is_not_kept(api: APIClient, task: Task) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    assert api.patch(f"/api/tasks/{task.pk}/", {"name": ""}, headers=headers).status_code == 400
    assert Mutation.objects.count() == 0
    assert api.patch(f"/api/tasks/{task.pk}/", {"name": "B"}, headers=headers).status_code == 200


def test_mutations_of_two_people_do_not_meet(
    api: APIClient, as_user: Callable[..., APIClient], bob: User, project: Project
) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    for client in (api, as_user(bob)):
        client.post("/api/tasks/", {"name": "Mine"}, headers=headers)
    assert Task.objects.count() == 2


def test_mutation_id_comes_back_as_the_events_origin(api: APIClient, project: Project) -> None:
    mutation = str(uuid4())
    api.post("/api/tasks/", {"name": "n"}, headers={"X-Client-Mutation": mutation})
    newest = Event.objects.filter(channel=f"project.{project.pk}").latest("seq")
    assert f'"origin":"{mutation}"' in newest.payload


def test_repeated_delete_answers_204_again(api: APIClient, task: Task) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    for _ in range(2):
        assert api.delete(f"/api/tasks/{task.pk}/", headers=headers).status_code == 204


def test_kept_answer_holds_no_ticket(api: APIClient, project: Project) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    body = {"name": "n", "end": "2999-01-01"}
    for _ in range(2):
        answer = api.post("/api/sprints/", body, headers=headers).json()
        assert "channel" in answer["links"]
    kept = Mutation.objects.values_list("body", flat=True).get()
    assert kept
    assert "channel" not in kept["links"]


def test_malformed_mutation_id_is_400(api: APIClient, project: Project) -> None:
    answer = api.post("/api/tasks/", {"name": "n"}, headers={"X-Client-Mutation": "again"})
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])
