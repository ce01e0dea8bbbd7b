"""Which labels a task carries, and whether it is blocked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import MOST_LABELS_OF_TASK, Label, Project, Sprint, Task
from tests.board.test_events import events_on, last_event

NewLabel = Callable[[str], Label]


@pytest.fixture
def new_label(project: Project, alice: User) -> NewLabel:
    def make(name: str) -> Label:
        return services.create_label(actor=Actor(alice), project=project, given={"name": name})

    return make


@pytest.fixture
def path(task: Task) -> str:
    return f"/api/tasks/{task.pk}/"


def patch(api: APIClient, path: str, given: Any, **extra: Any) -> Any:
    return api.patch(path, given, format="json", **extra)


def test_labels_are_set_whole_and_shown_rising(
    api: APIClient, path: str, new_label: NewLabel
) -> None:
    one, two, three = (new_label(name).pk for name in ("c", "b", "a"))
    assert patch(api, path, {"labels": [three, one, three]}).json()["labels"] == [one, three]
    answer = patch(api, path, {"labels": [two, three]}).json()
    assert (answer["labels"], answer["version"]) == ([two, three], 3)
    assert api.get(path).json() == answer
    assert patch(api, path, {"labels": []}).json()["labels"] == []


def test_new_task_has_its_labels_from_the_beginning(
    api: APIClient, sprint: Sprint, label: Label
) -> None:
    given = {"name": "n", "sprint": sprint.pk, "labels": [label.pk], "is_blocked": True}
    body = api.post("/api/tasks/", given, format="json").json()
    assert (body["labels"], body["is_blocked"], body["version"]) == ([label.pk], True, 1)
    board = api.get(f"/api/sprints/{sprint.pk}/board/").json()
    assert board["tasks"][0]["labels"] == [label.pk]
    assert last_event(f"sprint.{sprint.pk}")["body"]["labels"] == [label.pk]


def test_events_tell_the_labels_before_and_after(
    api: APIClient, path: str, sprint: Sprint, new_label: NewLabel
) -> None:
    one, two = new_label("a").pk, new_label("b").pk
    patch(api, path, {"labels": [one]})
    patch(api, path, {"labels": [one, two]})
    event = last_event(f"sprint.{sprint.pk}")
    assert event["changed"] == {"labels": [[one], [one, two]]}
    assert event["body"]["labels"] == [one, two]


def test_same_labels_in_another_order_are_no_change(
    api: APIClient, path: str, sprint: Sprint, new_label: NewLabel
) -> None:
    one, two = new_label("a").pk, new_label("b").pk
    patch(api, path, {"labels": [one, two]})
    answer = patch(api, path, {"labels": [two, one]})
    assert (answer.json()["version"], "X-Change" in answer) == (2, False)
    assert len(events_on(f"sprint.{sprint.pk}")) == 2


def test_put_takes_back_what_get_gave(api: APIClient, path: str, label: Label) -> None:
    patch(api, path, {"labels": [label.pk], "is_blocked": True})
    body = api.get(path).json()
    assert api.put(path, body, format="json").json()["version"] == 2
    renamed = api.put(path, {**body, "name": "Renamed"}, format="json").json()
    assert (renamed["labels"], renamed["is_blocked"]) == ([label.pk], True)


def test_labels_that_are_not_given_stay(api: APIClient, path: str, label: Label) -> None:
    patch(api, path, {"labels": [label.pk]})
    assert patch(api, path, {"name": "Renamed"}).json()["labels"] == [label.pk]
    assert api.put(path, {"name": "Whole"}, format="json").json()["labels"] == [label.pk]
    assert api.post(f"{path}move/", {"status": 2}).json()["labels"] == [label.pk]


@pytest.mark.parametrize("form", ["json", "multipart"])
def test_forms_may_give_labels_too(api: APIClient, path: str, label: Label, form: str) -> None:
    assert api.patch(path, {"labels": [label.pk]}, format=form).json()["labels"] == [label.pk]


@pytest.mark.parametrize(
    "labels",
    [
        *(None, "bug", 1, {}, ["bug"], [None], [[1]], [0], [-1], [1.5], [True], [2**63], [10**30]),
        list(range(1, MOST_LABELS_OF_TASK + 2)),
    ],
)
def test_what_is_no_list_of_ids_is_refused(api: APIClient, path: str, labels: Any) -> None:
    answer = patch(api, path, {"labels": labels})
    assert (answer.status_code, list(answer.json())) == (400, ["labels"])


@pytest.mark.parametrize("value", [None, "maybe", 7, []])
def test_what_is_neither_true_nor_false_is_refused(api: APIClient, path: str, value: Any) -> None:
    answer = patch(api, path, {"is_blocked": value})
    assert (answer.status_code, list(answer.json())) == (400, ["is_blocked"])


def test_hidden_and_unknown_labels_answer_the_same(
    api: APIClient, path: str, foreign_label: Label, label: Label
) -> None:
    for pk in (foreign_label.pk, 987654):
        for answer in (
            patch(api, path, {"labels": [label.pk, pk]}),
            api.post("/api/tasks/", {"name": "n", "labels": [pk]}, format="json"),
        ):
            assert answer.status_code == 400
            assert answer.json() == {"labels": [f"This project has no label {pk}."]}
    assert api.get(path).json()["version"] == 1


def test_label_of_another_of_ones_projects_is_refused(api: APIClient, path: str) -> None:
    other = api.post("/api/projects/", {"key": "OPS", "name": "Operations"}).json()["id"]
    pk = api.post("/api/labels/", {"name": "n", "project": other}).json()["id"]
    assert patch(api, path, {"labels": [pk]}).status_code == 400


def test_label_deleted_meanwhile_is_told_only_to_who_gives_it(
    api: APIClient, path: str, label: Label
) -> None:
    patch(api, path, {"labels": [label.pk]})
    body = api.get(path).json()
    api.delete(f"/api/labels/{label.pk}/")
    refused = api.put(path, body, format="json")
    assert refused.json() == {"labels": [f"This project has no label {label.pk}."]}
    assert patch(api, path, {"name": "Renamed"}).json()["labels"] == []


def test_with_a_precondition_the_second_of_two_people_is_told(
    api: APIClient, as_user: Any, bob: User, path: str, new_label: NewLabel
) -> None:
    mine, theirs = new_label("mine").pk, new_label("theirs").pk
    seen = {"If-Match": '"1"'}
    assert patch(api, path, {"labels": [mine]}, headers=seen).status_code == 200
    refused = patch(as_user(bob), path, {"labels": [theirs]}, headers=seen)
    assert refused.status_code == 412
    assert refused.json()["task"]["labels"] == [mine]


def test_without_a_precondition_the_last_writer_wins(
    api: APIClient, as_user: Any, bob: User, path: str, new_label: NewLabel
) -> None:
    for client, name in ((api, "mine"), (as_user(bob), "theirs")):
        last = new_label(name).pk
        patch(client, path, {"labels": [last]})
    assert api.get(path).json()["labels"] == [last]


def test_viewers_may_not_label(viewer: APIClient, path: str, label: Label) -> None:
    assert patch(viewer, path, {"labels": [label.pk]}).status_code == 403
    assert patch(viewer, path, {"is_blocked": True}).status_code == 403


def test_filters(api: APIClient, path: str, new_task: Callable[..., Task], label: Label) -> None:
    new_task("Blocked", is_blocked=True)
    patch(api, path, {"labels": [label.pk]})

    def names(query: str) -> list[str]:
        return [task["name"] for task in api.get(f"/api/tasks/?{query}").json()["results"]]

    assert names(f"label={label.pk}") == names("is_blocked=false") == ["First task"]
    assert names("is_blocked=True") == ["Blocked"]
    assert names(f"label={label.pk}&is_blocked=true") == []


def test_filter_by_a_hidden_label_answers_like_an_unknown_one(
    api: APIClient, foreign_label: Label
) -> None:
    hidden, unknown = (api.get(f"/api/tasks/?label={pk}") for pk in (foreign_label.pk, 987654))
    assert hidden.status_code == unknown.status_code == 400
    assert hidden.json() == unknown.json()


@pytest.mark.parametrize("query", ["label=x", "is_blocked=maybe"])
def test_invalid_filters_are_named(api: APIClient, project: Project, query: str) -> None:
    answer = api.get(f"/api/tasks/?{query}")
    assert (answer.status_code, list(answer.json())) == (400, [query.partition("=")[0]])


def test_many_labels_take_as_many_queries_as_few(
    api: APIClient,
    path: str,
    new_label: NewLabel,
    new_task: Callable[..., Task],
    django_assert_max_num_queries: Any,
) -> None:
    labels = [new_label(f"Label {number}").pk for number in range(MOST_LABELS_OF_TASK)]
    for number in range(10):
        new_task(f"Task {number}", labels=labels)
    with django_assert_max_num_queries(5):
        api.get("/api/tasks/")
    patch(api, path, {"labels": labels[:10]})
    with django_assert_max_num_queries(19):
        assert patch(api, path, {"labels": labels[5:]}).status_code == 200


def test_sprint_that_is_deleted_leaves_tasks_their_labels(
    api: APIClient, path: str, sprint: Sprint, label: Label
) -> None:
    patch(api, path, {"labels": [label.pk]})
    assert api.delete(f"/api/sprints/{sprint.pk}/?tasks=backlog").status_code == 204
    assert api.get(path).json()["labels"] == [label.pk]
