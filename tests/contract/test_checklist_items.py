"""The checklist items of the HTTP contract."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import ChecklistItem, Event, Project, Task
from tests.contract.test_comments import last_events

PATH = "/api/checklist-items/"


@pytest.fixture
def new_item(alice: User, task: Task) -> Callable[..., ChecklistItem]:
    def make(text: str = "Draw it", **given: Any) -> ChecklistItem:
        return services.create_checklist_item(
            actor=Actor(alice), task=task, given={"text": text, **given}
        )

    return make


@pytest.fixture
def item(new_item: Callable[..., ChecklistItem]) -> ChecklistItem:
    return new_item()


def path_of(item: ChecklistItem) -> str:
    return f"{PATH}{item.pk}/"


def texts(client: APIClient, task: Task) -> list[str]:
    answer = client.get(f"{PATH}?task={task.pk}&page_size=100")
    return [item["text"] for item in answer.json()["results"]]


def test_item_shows_all_its_fields(api: APIClient, item: ChecklistItem) -> None:
    answer = api.get(path_of(item))
    assert answer["ETag"] == '"1"'
    assert answer.json() == {
        "id": item.pk,
        "task": item.task_id,
        "text": "Draw it",
        "is_done": False,
        "order": 65536,
        "version": 1,
        "links": {
            "self": f"http://testserver/api/checklist-items/{item.pk}/",
            "task": f"http://testserver/api/tasks/{item.task_id}/",
        },
    }


def test_items_are_added_at_the_end_and_counted(api: APIClient, task: Task) -> None:
    for number, is_done in enumerate((False, True)):
        given = {"task": task.pk, "text": str(number), "is_done": is_done}
        assert api.post(PATH, given, format="json").status_code == 201
    assert texts(api, task) == ["0", "1"]
    body = api.get(f"/api/tasks/{task.pk}/").json()
    assert (body["checklist_count"], body["checklist_done_count"], body["version"]) == (2, 1, 3)
    added, counted = last_events(2)
    assert (added["model"], added["action"]) == ("checklist_item", "add")
    assert counted["changed"] == {"checklist_count": [1, 2], "checklist_done_count": [0, 1]}


def test_ticking_counts_and_renaming_does_not(api: APIClient, item: ChecklistItem) -> None:
    assert api.patch(path_of(item), {"is_done": True}).json()["is_done"] is True
    ticked, counted = last_events(2)
    assert ticked["changed"] == {"is_done": [False, True]}
    assert counted["changed"] == {"checklist_done_count": [0, 1]}
    answer = api.patch(path_of(item), {"text": "Draw it well"})
    assert (answer.json()["version"], answer["ETag"]) == (3, '"3"')
    (renamed,) = last_events(1)
    assert (renamed["model"], renamed["version"]) == ("checklist_item", 3)
    assert Event.objects.latest("pk").undo == {"text": "Draw it"}


def test_items_are_moved_by_an_anchor(
    api: APIClient, task: Task, new_item: Callable[..., ChecklistItem]
) -> None:
    a, b, c = (new_item(text) for text in "abc")
    for moved, anchor, expected in (
        (c, {"before": a.pk}, "cab"),
        (c, {"after": a.pk}, "acb"),
        (a, {"after": b.pk}, "cba"),
        (b, {"text": "b"}, "cba"),
    ):
        assert api.patch(path_of(moved), anchor).status_code == 200
        assert "".join(texts(api, task)) == expected
    api.post(PATH, {"task": task.pk, "text": "d", "before": b.pk})
    assert "".join(texts(api, task)) == "cdba"


def test_used_up_gap_is_made_anew(
    api: APIClient, task: Task, new_item: Callable[..., ChecklistItem]
) -> None:
    a, b, c = (new_item(text) for text in "abc")
    ChecklistItem.objects.filter(pk=b.pk).update(order=a.order + 1)
    assert api.patch(path_of(c), {"before": b.pk}).status_code == 200
    assert "".join(texts(api, task)) == "acb"
    told = {event["id"]: event["body"]["order"] for event in last_events(2)}
    assert told == {b.pk: 3 * 65536, c.pk: 2 * 65536}


def test_anchor_of_another_list_is_refused(
    api: APIClient,
    item: ChecklistItem,
    new_item: Callable[..., ChecklistItem],
    foreign_task: Task,
    alice: User,
    charlie: User,
) -> None:
    gone = new_item("gone")
    services.delete_checklist_item(actor=Actor(alice), item=gone)
    hidden = services.create_checklist_item(
        actor=Actor(charlie), task=foreign_task, given={"text": "Secret"}
    )
    for anchor in (hidden.pk, gone.pk, item.pk, 987654, 2**70):
        answer = api.patch(path_of(item), {"before": anchor}, format="json")
        assert answer.status_code == 400
        assert answer.json() == {
            "before": ["The item to place it next to is not in this checklist."]
        }
    both = api.patch(path_of(item), {"before": 1, "after": 2})
    assert both.json() == {"non_field_errors": ["Give before or after, not both."]}


def test_deleted_item_is_gone_but_kept(
    api: APIClient, task: Task, new_item: Callable[..., ChecklistItem]
) -> None:
    item, _ = new_item("a", is_done=True), new_item("b")
    assert api.delete(path_of(item)).status_code == 204
    for method in (api.get, api.patch, api.delete):
        assert method(path_of(item)).status_code == 404
    assert texts(api, task) == ["b"]
    removed, counted = last_events(2)
    assert (removed["model"], removed["action"], removed["version"]) == (
        "checklist_item",
        "remove",
        2,
    )
    assert counted["changed"] == {"checklist_count": [2, 1], "checklist_done_count": [1, 0]}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 201}, "text"),
        ({"text": "nul \x00"}, "text"),
        ({"text": None}, "text"),
        ({}, "text"),
        ({"text": "n", "is_done": "maybe"}, "is_done"),
        ({"text": "n", "is_done": None}, "is_done"),
        ({"text": "n", "before": "first"}, "before"),
        ({"text": "n", "task": 999_999}, "task"),
    ],
)
def test_invalid_fields_are_named(
    api: APIClient, task: Task, given: dict[str, Any], field: str
) -> None:
    answer = api.post(PATH, {"task": task.pk, **given}, format="json")
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not ChecklistItem.objects.exists()


def test_a_task_has_at_most_a_hundred_items(api: APIClient, task: Task) -> None:
    Task.objects.filter(pk=task.pk).update(checklist_count=100)
    answer = api.post(PATH, {"task": task.pk, "text": "One more"})
    assert (answer.status_code, list(answer.json())) == (400, ["text"])
    assert "at most 100" in answer.json()["text"][0]


def test_viewer_reads_only(viewer: APIClient, task: Task, item: ChecklistItem) -> None:
    assert texts(viewer, task) == ["Draw it"]
    for answer in (
        viewer.post(PATH, {"task": task.pk, "text": "n"}),
        viewer.patch(path_of(item), {"is_done": True}),
        viewer.delete(path_of(item)),
    ):
        assert answer.status_code == 403


def test_outsider_and_anonymous_reach_nothing(outsider: APIClient, item: ChecklistItem) -> None:
    assert outsider.get(PATH).json()["count"] == 0
    for client, status in ((outsider, 404), (APIClient(), 401)):
        for method in (client.get, client.patch, client.delete):
            assert method(path_of(item)).status_code == status


def test_archived_project_keeps_its_checklists(
    api: APIClient, alice: User, project: Project, item: ChecklistItem
) -> None:
    services.archive_project(actor=Actor(alice), project=project)
    assert api.get(path_of(item)).status_code == 200
    for answer in (
        api.post(PATH, {"task": item.task_id, "text": "n"}),
        api.patch(path_of(item), {"is_done": True}),
        api.delete(path_of(item)),
    ):
        assert answer.status_code == 403


def test_repeated_item_is_added_once(api: APIClient, task: Task) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    for _ in range(2):
        answer = api.post(PATH, {"task": task.pk, "text": "Once"}, headers=headers)
        assert answer.status_code == 201
    assert texts(api, task) == ["Once"]


def test_precondition_that_does_not_hold_changes_nothing(
    api: APIClient, item: ChecklistItem
) -> None:
    for answer in (
        api.patch(path_of(item), {"is_done": True}, headers={"If-Match": '"7"'}),
        api.delete(path_of(item), headers={"If-Match": '"7"'}),
    ):
        assert answer.status_code == 412
        assert answer.json()["checklist_item"]["version"] == 1
