"""The tasks of the HTTP contract, field by field."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board.models import LARGEST_ORDER, Project, Sprint, Status, Task

NewTask = Callable[..., Task]


def path_of(task: Task) -> str:
    return f"/api/tasks/{task.pk}/"


def test_task_shows_all_its_fields(api: APIClient, sprint: Sprint, new_task: NewTask) -> None:
    task = new_task("Draw", sprint=sprint, assigned="bob", points=3, description="*How*")
    body = api.get(path_of(task)).json()
    assert body.pop("created_at") == task.created_at.isoformat()
    assert body.pop("updated_at") == task.updated_at.isoformat()
    assert body == {
        "id": task.pk,
        "project": sprint.project_id,
        "number": 1,
        "key": "WEB-1",
        "name": "Draw",
        "description": "*How*",
        "has_description": True,
        "sprint": sprint.pk,
        "status": 1,
        "status_display": "Not Started",
        "order": 65536,
        "assigned": "bob",
        "points": 3,
        "started": None,
        "due": None,
        "completed": None,
        "labels": [],
        "is_blocked": False,
        "comment_count": 0,
        "checklist_count": 0,
        "checklist_done_count": 0,
        "attachment_count": 0,
        "version": 1,
        "links": {
            "self": f"http://testserver/api/tasks/{task.pk}/",
            "sprint": f"http://testserver/api/sprints/{sprint.pk}/",
            "assigned": "http://testserver/api/users/bob/",
        },
    }


def test_links_that_do_not_apply_are_null(api: APIClient, new_task: NewTask) -> None:
    links = api.get(path_of(new_task())).json()["links"]
    assert links["sprint"] is None
    assert links["assigned"] is None


def test_name_is_enough_and_goes_to_the_default_project(api: APIClient, project: Project) -> None:
    answer = api.post("/api/tasks/", {"name": "Only a name"})
    assert answer.status_code == 201
    assert answer.json()["project"] == project.pk
    assert answer.json()["sprint"] is None
    assert answer["ETag"] == '"1"'


def test_numbers_count_up_in_each_project(api: APIClient, foreign_task: Task) -> None:
    keys = [api.post("/api/tasks/", {"name": "N"}).json()["key"] for _ in range(3)]
    assert keys == ["WEB-1", "WEB-2", "WEB-3"]
    assert foreign_task.number == 1


def test_somebody_without_a_project_is_told_to_name_one(
    as_user: Callable[..., APIClient], charlie: User
) -> None:
    answer = as_user(charlie).post("/api/tasks/", {"name": "Nowhere"})
    assert answer.status_code == 400
    assert "project" in answer.json()


def test_new_task_goes_to_the_end_of_its_column(
    api: APIClient, sprint: Sprint, new_task: NewTask
) -> None:
    first = new_task(sprint=sprint)
    second = api.post("/api/tasks/", {"name": "Second", "sprint": sprint.pk}).json()
    assert second["order"] > first.order


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": None}, "name"),
        ({"name": ["list"]}, "name"),
        ({"name": "nul \x00"}, "name"),
        ({"name": "n", "status": 0}, "status"),
        ({"name": "n", "status": 5}, "status"),
        ({"name": "n", "status": "open"}, "status"),
        ({"name": "n", "order": "first"}, "order"),
        ({"name": "n", "order": LARGEST_ORDER + 1}, "order"),
        ({"name": "n", "order": -LARGEST_ORDER - 1}, "order"),
        ({"name": "n", "points": -1}, "points"),
        ({"name": "n", "points": 1000}, "points"),
        ({"name": "n", "due": "tomorrow"}, "due"),
        ({"name": "n", "due": "2026-02-30"}, "due"),
        ({"name": "n", "assigned": "nobody"}, "assigned"),
        ({"name": "n", "sprint": 999999}, "sprint"),
        ({"name": "n", "sprint": "soon"}, "sprint"),
        ({"name": "n", "project": 999999}, "project"),
        ({"name": "n", "description": "x" * 100_001}, "description"),
    ],
)
def test_invalid_fields_are_named(api: APIClient, given: dict[str, Any], field: str) -> None:
    answer = api.post("/api/tasks/", given, format="json")
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert Task.objects.count() == 0


def test_hidden_and_unknown_ids_answer_the_same(
    api: APIClient, foreign_sprint: Sprint, charlie: User
) -> None:
    for field, hidden, unknown in (
        ("sprint", foreign_sprint.pk, 987654),
        ("project", foreign_sprint.project_id, 987654),
        ("assigned", "charlie", "nobody"),
    ):
        answers = [
            api.post("/api/tasks/", {"name": "n", field: value}, format="json")
            for value in (hidden, unknown)
        ]
        assert [answer.status_code for answer in answers] == [400, 400]
        texts = [
            answer.content.decode().replace(str(value), "?")
            for answer, value in zip(answers, (hidden, unknown), strict=True)
        ]
        assert texts[0] == texts[1]


def test_inactive_member_cannot_be_assigned(api: APIClient, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    answer = api.post("/api/tasks/", {"name": "n", "assigned": "bob"})
    assert answer.json() == {"assigned": ["bob is not a member of this project."]}


def test_filters(api: APIClient, sprint: Sprint, new_task: NewTask) -> None:
    new_task("On board", sprint=sprint, status=Status.TESTING, assigned="bob")
    new_task("In backlog", description="find this too")

    def names(query: str) -> list[str]:
        return [task["name"] for task in api.get(f"/api/tasks/?{query}").json()["results"]]

    assert names(f"sprint={sprint.pk}") == ["On board"]
    assert names("status=3") == ["On board"]
    assert names("assigned=bob") == ["On board"]
    assert names("assigned=nobody") == names("assigned=charlie") == []
    assert names("backlog=True") == ["In backlog"]
    assert names("backlog=False") == ["On board"]
    assert names("search=board") == ["On board"]
    assert names("search=this too") == ["In backlog"]


@pytest.mark.parametrize(
    "query", ["sprint=987654", "sprint=x", "status=7", "backlog=maybe", "project=987654"]
)
def test_invalid_filters_are_named(api: APIClient, query: str) -> None:
    answer = api.get(f"/api/tasks/?{query}")
    assert answer.status_code == 400
    assert list(answer.json()) == [query.partition("=")[0]]


def test_filter_by_a_hidden_sprint_answers_like_an_unknown_one(
    api: APIClient, foreign_sprint: Sprint
) -> None:
    hidden = api.get(f"/api/tasks/?sprint={foreign_sprint.pk}")
    unknown = api.get("/api/tasks/?sprint=987654")
    assert hidden.status_code == unknown.status_code == 400
    assert hidden.json() == unknown.json()


def test_ordering(api: APIClient, sprint: Sprint, new_task: NewTask) -> None:
    new_task("b", sprint=sprint, order=1)
    new_task("a", sprint=sprint, order=2)
    for query, expected in (
        ("", ["b", "a"]),
        ("ordering=name", ["a", "b"]),
        ("ordering=-order", ["a", "b"]),
        ("ordering=started", ["b", "a"]),
        ("ordering=due", ["b", "a"]),
        ("ordering=completed", ["b", "a"]),
        ("ordering=password", ["b", "a"]),
    ):
        results = api.get(f"/api/tasks/?{query}").json()["results"]
        assert [task["name"] for task in results] == expected, query


def test_list_takes_as_many_queries_for_many_tasks_as_for_few(
    api: APIClient, new_task: NewTask, sprint: Sprint, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        new_task(f"Task {number}", sprint=sprint, assigned="bob")
    with django_assert_max_num_queries(5):
        api.get("/api/tasks/")


# Changing and deleting


def test_put_takes_back_what_get_gave(api: APIClient, task: Task) -> None:
    body = api.get(path_of(task)).json()
    answer = api.put(path_of(task), body, format="json")
    assert answer.status_code == 200
    assert answer.json() == body


def test_put_keeps_what_is_missing_and_ignores_what_is_read_only(
    api: APIClient, new_task: NewTask
) -> None:
    task = new_task("Keep", points=5)
    answer = api.put(path_of(task), {"name": "New", "number": 77, "version": 55, "id": 3})
    body = answer.json()
    assert (body["name"], body["points"], body["number"], body["version"]) == ("New", 5, 1, 2)


def test_patch_that_changes_nothing_makes_no_version(api: APIClient, task: Task) -> None:
    assert api.patch(path_of(task), {"name": task.name}).json()["version"] == 1


def test_form_empties_mean_null(api: APIClient, sprint: Sprint, new_task: NewTask) -> None:
    task = new_task(sprint=sprint, assigned="bob")
    body = api.patch(path_of(task), {"sprint": "", "assigned": ""}, format="multipart").json()
    assert (body["sprint"], body["assigned"]) == (None, None)


def test_order_may_be_written_negative_too(api: APIClient, task: Task) -> None:
    assert api.patch(path_of(task), {"order": -12}).json()["order"] == -12


def test_status_change_without_an_order_goes_to_the_end(
    api: APIClient, sprint: Sprint, new_task: NewTask
) -> None:
    last = new_task(sprint=sprint, status=Status.TESTING, order=10**6)
    task = new_task(sprint=sprint)
    assert api.patch(path_of(task), {"status": 3}).json()["order"] > last.order


def test_deleted_task_is_gone_from_every_answer(api: APIClient, sprint: Sprint, task: Task) -> None:
    assert api.delete(path_of(task)).status_code == 204
    assert api.get(path_of(task)).status_code == 404
    assert api.delete(path_of(task)).status_code == 404
    assert api.patch(path_of(task), {"name": "n"}).status_code == 404
    assert api.get("/api/tasks/").json()["count"] == 0
    assert api.get(f"/api/sprints/{sprint.pk}/board/").json()["tasks"] == []
    task.refresh_from_db()
    assert (task.version, task.deleted_at is None) == (2, False)


@pytest.mark.parametrize("tag", ['"1"', 'W/"1"', "*", '"9", "1"'])
def test_matching_precondition_lets_a_write_through(api: APIClient, task: Task, tag: str) -> None:
    assert api.get(path_of(task))["ETag"] == '"1"'
    answer = api.patch(path_of(task), {"name": "New"}, headers={"If-Match": tag})
    assert answer.status_code == 200
    assert answer["ETag"] == '"2"'


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("tag", ['"2"', 'W/"7"', "garbage", '"1x"', ""])
def test_other_precondition_is_412_with_the_current_object(
    api: APIClient, task: Task, method: str, tag: str
) -> None:
    send = getattr(api, method)
    answer = send(path_of(task), {"name": "New"}, headers={"If-Match": tag})
    assert answer.status_code == 412
    assert answer.json().keys() == {"detail", "task"}
    assert answer.json()["task"] == api.get(path_of(task)).json()


def test_version_in_the_body_is_no_precondition(api: APIClient, task: Task) -> None:
    assert api.patch(path_of(task), {"name": "New", "version": 99}).status_code == 200


def test_viewer_sees_but_cannot_change(viewer: APIClient, task: Task) -> None:
    assert viewer.get(path_of(task)).status_code == 200
    for answer in (
        viewer.post("/api/tasks/", {"name": "n"}),
        viewer.put(path_of(task), {"name": "n"}),
        viewer.patch(path_of(task), {"name": "n"}),
        viewer.delete(path_of(task)),
        viewer.post(path_of(task) + "move/", {}),
    ):
        assert answer.status_code == 403
        assert "detail" in answer.json()
    task.refresh_from_db()
    assert task.version == 1


def test_put_cannot_take_a_task_to_another_project(
    api: APIClient, task: Task, project: Project
) -> None:
    other = api.post("/api/projects/", {"key": "OPS", "name": "Operations"}).json()
    answer = api.patch(path_of(task), {"project": other["id"]})
    assert answer.json()["project"] == project.pk
