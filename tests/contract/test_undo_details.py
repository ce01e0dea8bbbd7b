"""Undoing what was done to comments, checklists, files and labels of a task."""

from typing import Any

import orjson
import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import Event, Label, Task
from board.services.checklist import MOST_ITEMS
from tests.contract.test_attachments import send
from tests.contract.undoing import change_of, patch, undo, undone


@pytest.fixture
def label(alice: User, task: Task) -> Label:
    return services.create_label(actor=Actor(alice), project=task.project, given={"name": "Bug"})


def listed(api: APIClient, name: str, task: Task) -> list[dict[str, Any]]:
    """What a task has, without versions."""
    results = api.get(f"/api/{name}/?task={task.pk}").json()["results"]
    return [{key: body[key] for key in body if key != "version"} for body in results]


def counts(api: APIClient, task: Task) -> tuple[int, ...]:
    """Comments, items, done ones and files, as the card shows them."""
    body = api.get(f"/api/tasks/{task.pk}/").json()
    names = ("comment_count", "checklist_count", "checklist_done_count", "attachment_count")
    return tuple(body[name] for name in names)


def assert_undone_and_redone(api: APIClient, task: Task, name: str, change: str) -> None:
    """What the last ``change`` did goes and comes as it is undone and redone, counts and all."""
    after = (listed(api, name, task), counts(api, task))
    undoing = undone(api, change)
    before = (listed(api, name, task), counts(api, task))
    assert before != after
    redoing = undone(api, undoing)
    assert (listed(api, name, task), counts(api, task)) == after
    undone(api, redoing)
    assert (listed(api, name, task), counts(api, task)) == before


def test_comment_is_taken_back(api: APIClient, task: Task) -> None:
    change = change_of(api.post("/api/comments/", {"task": task.pk, "text": "Hello"}))
    assert_undone_and_redone(api, task, "comments", change)
    assert counts(api, task) == (0, 0, 0, 0)


def test_edited_comment_says_again_what_it_said(api: APIClient, task: Task) -> None:
    comment = api.post("/api/comments/", {"task": task.pk, "text": "Hello @bob"}).json()
    change = change_of(api.patch(comment["links"]["self"], {"text": "Hello"}))
    assert_undone_and_redone(api, task, "comments", change)
    now = api.get(comment["links"]["self"]).json()
    assert (now["text"], now["mentions"], now["edited_at"]) == ("Hello @bob", ["bob"], None)


def test_deleted_comment_comes_back(api: APIClient, task: Task) -> None:
    comment = api.post("/api/comments/", {"task": task.pk, "text": "Hello"}).json()
    assert_undone_and_redone(api, task, "comments", change_of(api.delete(comment["links"]["self"])))
    assert counts(api, task) == (1, 0, 0, 0)


def test_restored_comment_is_told_before_its_task(api: APIClient, task: Task) -> None:
    comment = api.post("/api/comments/", {"task": task.pk, "text": "Hello"}).json()
    undoing = undone(api, change_of(api.delete(comment["links"]["self"])))
    events = [
        orjson.loads(event.payload) for event in Event.objects.filter(change=undoing).order_by("pk")
    ]
    assert [(e["model"], e["action"], e["version"]) for e in events] == [
        ("comment", "add", 3),
        ("task", "update", 4),
    ]
    assert events[0]["body"]["text"] == "Hello"
    assert events[1]["changed"] == {"comment_count": [0, 1]}


@pytest.mark.parametrize("given", [{"text": "Other"}, {"is_done": True}])
def test_changed_item_is_put_back(api: APIClient, task: Task, given: dict[str, Any]) -> None:
    item = api.post("/api/checklist-items/", {"task": task.pk, "text": "Draw"}).json()
    change = change_of(api.patch(item["links"]["self"], given, format="json"))
    assert_undone_and_redone(api, task, "checklist-items", change)


def test_added_deleted_and_moved_items_are_put_back(api: APIClient, task: Task) -> None:
    answers = [api.post("/api/checklist-items/", {"task": task.pk, "text": text}) for text in "abc"]
    assert_undone_and_redone(api, task, "checklist-items", change_of(answers[-1]))
    first, second = (answer.json() for answer in answers[:2])
    moved = api.patch(second["links"]["self"], {"before": first["id"]})
    assert_undone_and_redone(api, task, "checklist-items", change_of(moved))
    deleted = api.delete(first["links"]["self"])
    assert_undone_and_redone(api, task, "checklist-items", change_of(deleted))
    assert [item["text"] for item in listed(api, "checklist-items", task)] == ["a", "b"]


def test_checklist_that_is_full_takes_no_item_back(api: APIClient, alice: User, task: Task) -> None:
    item = api.post("/api/checklist-items/", {"task": task.pk, "text": "Draw"}).json()
    change = change_of(api.delete(item["links"]["self"]))
    for number in range(MOST_ITEMS):
        given = {"text": f"Step {number}"}
        services.create_checklist_item(actor=Actor(alice), task=task, given=given)
    refused = undo(api, change)
    assert refused.status_code == 400
    assert "remove one first" in refused.json()["non_field_errors"][0]


def test_file_is_taken_away_and_brought_back(api: APIClient, task: Task) -> None:
    answer = send(api, task)
    assert_undone_and_redone(api, task, "attachments", change_of(answer))
    again = undone(api, change_of(send(api, task)))
    undone(api, again)
    file = listed(api, "attachments", task)[0]["links"]["file"]
    assert api.get(file).status_code == 200


def test_item_that_somebody_has_ticked_since_stays(
    api: APIClient, member: APIClient, task: Task
) -> None:
    answer = api.post("/api/checklist-items/", {"task": task.pk, "text": "Draw"})
    member.patch(answer.json()["links"]["self"], {"is_done": True})
    refused = undo(api, change_of(answer))
    assert refused.json()["detail"] == "Bob Baker changed it since."
    assert refused.json()["task"]["checklist_done_count"] == 1


def test_others_comments_are_in_nobodys_way(api: APIClient, member: APIClient, task: Task) -> None:
    edit = patch(api, task, name="Mine")
    mine = change_of(api.post("/api/comments/", {"task": task.pk, "text": "Mine"}))
    member.post("/api/comments/", {"task": task.pk, "text": "Bob's"})
    undone(api, mine)
    undone(api, edit)
    assert [body["text"] for body in listed(api, "comments", task)] == ["Bob's"]


def test_task_that_somebody_has_commented_on_is_not_taken_back(
    api: APIClient, member: APIClient, task: Task
) -> None:
    answer = api.post("/api/tasks/", {"name": "New"})
    member.post("/api/comments/", {"task": answer.json()["id"], "text": "Why?"})
    assert undo(api, change_of(answer)).json()["detail"] == "Bob Baker commented on it since."


def test_comment_on_a_task_that_is_gone_stays_as_it_is(
    api: APIClient, member: APIClient, task: Task
) -> None:
    change = change_of(api.post("/api/comments/", {"task": task.pk, "text": "Mine"}))
    member.delete(f"/api/tasks/{task.pk}/")
    refused = undo(api, change)
    assert (refused.status_code, refused.json()) == (
        409,
        {"detail": "Bob Baker deleted it since.", "task": None},
    )


def test_labels_are_put_back(api: APIClient, task: Task, label: Label) -> None:
    undoing = undone(api, patch(api, task, labels=[label.pk]))
    assert api.get(f"/api/tasks/{task.pk}/").json()["labels"] == []
    undone(api, undoing)
    assert api.get(f"/api/tasks/{task.pk}/").json()["labels"] == [label.pk]


def test_label_that_was_deleted_does_not_come_back(
    api: APIClient, task: Task, label: Label
) -> None:
    patch(api, task, labels=[label.pk])
    change = patch(api, task, labels=[])
    both = patch(api, task, points=3)
    api.delete(f"/api/labels/{label.pk}/")
    undone(api, both)
    refused = undo(api, change)
    assert refused.status_code == 409
    assert refused.json() == {"detail": "There is nothing left of this change to undo."}


def test_change_of_a_label_itself_cannot_be_undone(api: APIClient, label: Label) -> None:
    change = change_of(api.patch(f"/api/labels/{label.pk}/", {"name": "Defect"}))
    assert undo(api, change).status_code == 409


def test_deletion_of_someones_comment_by_an_owner_is_undone_by_the_owner(
    api: APIClient, member: APIClient, task: Task
) -> None:
    comment = member.post("/api/comments/", {"task": task.pk, "text": "Bob's"}).json()
    undone(api, change_of(api.delete(comment["links"]["self"])))
    assert listed(api, "comments", task)[0]["author"] == "bob"
