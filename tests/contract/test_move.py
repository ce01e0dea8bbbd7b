"""``POST /api/tasks/<id>/move/``: one atomic move to a place that the server computes."""

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from board.models import Event, Sprint, Status, Task

NewTask = Callable[..., Task]


def move(api: APIClient, task: Task, **place: object) -> dict[str, object]:
    answer = api.post(f"/api/tasks/{task.pk}/move/", place, format="json")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def column(api: APIClient, sprint: Sprint | None, status: int) -> list[str]:
    place = f"sprint={sprint.pk}&status={status}" if sprint else "backlog=True"
    return [task["name"] for task in api.get(f"/api/tasks/?{place}").json()["results"]]


@pytest.fixture
def abc(new_task: NewTask, sprint: Sprint) -> list[Task]:
    return [new_task(name, sprint=sprint) for name in "abc"]


def test_move_to_the_end_of_another_column(api: APIClient, abc: list[Task], sprint: Sprint) -> None:
    for task in abc:
        body = move(api, task, sprint=sprint.pk, status=2)
        assert body["status"] == 2
    assert column(api, sprint, 2) == ["a", "b", "c"]


def test_move_before_and_after(api: APIClient, abc: list[Task], sprint: Sprint) -> None:
    a, b, c = abc
    move(api, c, sprint=sprint.pk, status=1, before=a.pk)
    assert column(api, sprint, 1) == ["c", "a", "b"]
    move(api, c, sprint=sprint.pk, status=1, after=a.pk)
    assert column(api, sprint, 1) == ["a", "c", "b"]
    move(api, a, status=1, after=b.pk)
    assert column(api, sprint, 1) == ["c", "b", "a"]
    move(api, b)
    assert column(api, sprint, 1) == ["c", "a", "b"]


def test_move_to_the_backlog_and_back(api: APIClient, abc: list[Task], sprint: Sprint) -> None:
    move(api, abc[0], sprint=sprint.pk, status=3)
    body = move(api, abc[0], sprint=None)
    assert (body["sprint"], body["status"], body["started"]) == (None, 1, None)
    assert column(api, None, 1) == ["a"]
    move(api, abc[0], sprint=sprint.pk, status=1, before=abc[1].pk)
    assert column(api, sprint, 1) == ["a", "b", "c"]


def test_move_to_done_sets_the_dates(api: APIClient, task: Task, sprint: Sprint) -> None:
    today = sprint.project.today().isoformat()
    body = move(api, task, status=4)
    assert (body["started"], body["completed"]) == (today, today)


def test_a_move_costs_one_row(
    api: APIClient,
    abc: list[Task],
    sprint: Sprint,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    versions = list(Task.objects.order_by("pk").values_list("version", flat=True))
    # A savepoint or a transaction takes two of them.
    with django_assert_max_num_queries(12):
        move(api, abc[2], sprint=sprint.pk, before=abc[0].pk)
    after = list(Task.objects.order_by("pk").values_list("version", flat=True))
    assert after == [*versions[:2], versions[2] + 1]


def test_used_up_gap_numbers_the_column_anew(
    api: APIClient, new_task: NewTask, sprint: Sprint
) -> None:
    a, b, c = (new_task(n, sprint=sprint, order=o) for n, o in (("a", 1), ("b", 2), ("c", 3)))
    move(api, c, after=a.pk)
    assert column(api, sprint, 1) == ["a", "c", "b"]
    events = Event.objects.filter(channel=f"sprint.{sprint.pk}").order_by("-seq")[:2]
    assert '"model":"task"' in events[0].payload
    assert '"action":"order"' in events[1].payload
    b.refresh_from_db()
    assert b.version == 1


def test_ties_are_ordered_by_id(api: APIClient, new_task: NewTask, sprint: Sprint) -> None:
    a, _, c = (new_task(name, sprint=sprint, order=7) for name in "abc")
    assert column(api, sprint, 1) == ["a", "b", "c"]
    move(api, c, after=a.pk)
    assert column(api, sprint, 1) == ["a", "c", "b"]


def test_many_moves_into_the_same_gap_keep_the_order(
    api: APIClient, new_task: NewTask, sprint: Sprint
) -> None:
    top, bottom = new_task("top", sprint=sprint), new_task("bottom", sprint=sprint)
    for number in range(40):
        move(api, new_task(f"{number:02}", sprint=sprint), before=bottom.pk)
    names = [f"{number:02}" for number in range(40)]
    tasks = Task.objects.filter(sprint=sprint).order_by("order", "id")
    assert [task.name for task in tasks] == ["top", *names, "bottom"]
    assert top.order < bottom.order


def assert_refused(api: APIClient, task: Task, **place: object) -> dict[str, object]:
    before = api.get(f"/api/tasks/{task.pk}/").json()
    answer = api.post(f"/api/tasks/{task.pk}/move/", place, format="json")
    assert answer.status_code == 409
    assert answer.json().keys() == {"detail", "task", "column"}
    assert answer.json()["task"] == before == api.get(f"/api/tasks/{task.pk}/").json()
    return dict(answer.json())


def test_anchor_in_another_column_is_409_with_the_column(
    api: APIClient, abc: list[Task], sprint: Sprint
) -> None:
    a, b, c = abc
    move(api, c, status=2)
    refused = assert_refused(api, a, sprint=sprint.pk, status=2, before=b.pk)
    assert refused["column"] == [c.pk]


def test_hidden_unknown_and_deleted_anchors_answer_the_same(
    api: APIClient, abc: list[Task], foreign_task: Task
) -> None:
    api.delete(f"/api/tasks/{abc[2].pk}/")
    answers = [
        assert_refused(api, abc[0], after=anchor)
        for anchor in (foreign_task.pk, 987654, abc[2].pk, -1, 10**30)
    ]
    assert all(answer == answers[0] for answer in answers)


def test_other_version_is_409(api: APIClient, abc: list[Task]) -> None:
    assert_refused(api, abc[0], status=2, version=7)
    assert move(api, abc[0], status=2, version=1)["version"] == 2
    assert_refused(api, abc[0], status=1, version=1)


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ({"status": 5}, "status"),
        ({"status": None}, "status"),
        ({"sprint": "x"}, "sprint"),
        ({"sprint": 987654}, "sprint"),
        ({"before": "x"}, "before"),
        ({"after": [1]}, "after"),
        ({"version": "new"}, "version"),
        ({"before": 1, "after": 2}, "non_field_errors"),
    ],
)
def test_malformed_places_are_400(
    api: APIClient, task: Task, place: dict[str, object], field: str
) -> None:
    answer = api.post(f"/api/tasks/{task.pk}/move/", place, format="json")
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


def test_task_cannot_stand_next_to_itself(api: APIClient, task: Task) -> None:
    answer = api.post(f"/api/tasks/{task.pk}/move/", {"after": task.pk})
    assert answer.json() == {"after": ["A task cannot be placed next to itself."]}


def test_hidden_sprint_is_400(api: APIClient, task: Task, foreign_sprint: Sprint) -> None:
    answer = api.post(f"/api/tasks/{task.pk}/move/", {"sprint": foreign_sprint.pk})
    assert answer.status_code == 400


def test_outsider_cannot_move_task(outsider: APIClient, task: Task) -> None:
    assert outsider.post(f"/api/tasks/{task.pk}/move/", {"status": 2}).status_code == 404
    task.refresh_from_db()
    assert task.status == Status.NOT_STARTED


def test_unknown_task_is_404(api: APIClient) -> None:
    assert api.post("/api/tasks/987654/move/", {"status": 2}).status_code == 404
