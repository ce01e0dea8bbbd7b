"""What has come after a change, or holds by now, and so is in the way of undoing it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import Membership, Sprint, Task
from tests.contract.undoing import body_of, patch, undo, undone


@pytest.mark.parametrize(
    ("mine", "theirs", "words"),
    [
        ({"status": 2}, {"status": 4}, "Bob Baker moved it to Done since."),
        ({"name": "A"}, {"name": "B"}, "Bob Baker changed the name since."),
        ({"assigned": "alice"}, {"assigned": None}, "Bob Baker changed the assignee since."),
        ({"sprint": None}, {"order": 5}, "Bob Baker moved it since."),
        (
            {"points": 1},
            {"points": 2, "due": "2999-01-01"},
            "Bob Baker changed the story points and the due date since.",
        ),
    ],
)
def test_field_that_was_changed_since_is_409_in_words(
    api: APIClient,
    member: APIClient,
    task: Task,
    mine: dict[str, Any],
    theirs: dict[str, Any],
    words: str,
) -> None:
    edit = patch(api, task, **mine)
    patch(member, task, **theirs)
    before = api.get(f"/api/tasks/{task.pk}/").json()
    refused = undo(api, edit)
    assert (refused.status_code, refused.json()) == (409, {"detail": words, "task": before})
    assert "X-Change" not in refused
    assert api.get(f"/api/tasks/{task.pk}/").json() == before


def test_other_fields_that_were_changed_since_are_kept(
    api: APIClient, member: APIClient, task: Task
) -> None:
    edit = patch(api, task, name="Mine")
    patch(member, task, points=5, status=3)
    undone(api, edit)
    body = body_of(api, task)
    assert (body["name"], body["points"], body["status"]) == ("First task", 5, 3)


def test_what_somebody_has_undone_themselves_stands_in_nobodys_way(
    api: APIClient, member: APIClient, task: Task
) -> None:
    edit = patch(api, task, name="Mine")
    undone(member, patch(member, task, name="Bob's"))
    undone(api, edit)
    assert body_of(api, task)["name"] == "First task"


def test_undo_of_an_earlier_change_stands_in_the_way_of_a_later_one(
    api: APIClient, member: APIClient, task: Task
) -> None:
    theirs = patch(member, task, name="Bob's")
    mine = patch(api, task, name="Mine")
    my_undoing = undone(api, mine)
    undone(member, theirs)
    refused = undo(api, my_undoing)
    assert refused.json()["detail"] == "Bob Baker changed the name since."


def test_own_later_change_must_be_undone_first(api: APIClient, task: Task) -> None:
    first, _second = patch(api, task, name="one"), patch(api, task, name="two")
    assert undo(api, first).json()["detail"] == "You changed the name since."


def test_task_that_was_deleted_since_is_409_without_a_task(
    api: APIClient, member: APIClient, task: Task
) -> None:
    edit = patch(api, task, name="Mine")
    member.delete(f"/api/tasks/{task.pk}/")
    refused = undo(api, edit)
    assert (refused.status_code, refused.json()) == (
        409,
        {"detail": "Bob Baker deleted it since.", "task": None},
    )


def test_second_undo_is_409(api: APIClient, task: Task) -> None:
    edit = patch(api, task, name="Mine")
    undone(api, edit)
    refused = undo(api, edit)
    assert refused.status_code == 409
    assert refused.json()["detail"] == "You have undone this already."
    assert refused.json()["task"]["version"] == 3


def test_repeated_undo_gets_the_first_answer(api: APIClient, task: Task) -> None:
    edit = patch(api, task, name="Mine")
    headers = {"X-Client-Mutation": str(uuid4())}
    first, again = (undo(api, edit, **headers) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first["X-Change"] == again["X-Change"]
    task.refresh_from_db()
    assert task.version == 3


# Rules


def test_sprint_that_has_ended_takes_no_task_back(
    api: APIClient, task: Task, sprint: Sprint
) -> None:
    edit = patch(api, task, sprint=None)
    api.post(f"/api/sprints/{sprint.pk}/close/")
    refused = undo(api, edit)
    assert refused.status_code == 400
    assert refused.json() == {"sprint": ["Cannot assign tasks to past sprints."]}


def test_sprint_that_was_deleted_takes_no_task_back(
    api: APIClient, task: Task, sprint: Sprint
) -> None:
    edit = patch(api, task, sprint=None)
    api.delete(f"/api/sprints/{sprint.pk}/")
    assert undo(api, edit).json() == {"sprint": ["This sprint has been deleted."]}


def test_person_who_has_left_is_not_assigned_again(
    api: APIClient,
    alice: User,
    bob: User,
    task: Task,
    membership_of: Callable[[User], Membership],
) -> None:
    patch(api, task, assigned="bob")
    edit = patch(api, task, assigned=None)
    services.remove_member(actor=Actor(alice), membership=membership_of(bob))
    assert undo(api, edit).json() == {"assigned": ["bob is not a member of this project."]}
