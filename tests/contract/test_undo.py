"""``POST /api/changes/<ulid>/undo/``: taking back one's own change."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import Event, Membership, Project, Sprint, Task
from tests.contract.undoing import body_of, change_of, column, last_event, move, patch, undo, undone

NewTask = Callable[..., Task]


@pytest.fixture
def abc(new_task: NewTask, sprint: Sprint) -> list[Task]:
    return [new_task(name, sprint=sprint) for name in "abc"]


# Edits

EDITS: list[dict[str, Any]] = [
    {"name": "Other"},
    {"description": "A long text"},
    {"points": 5, "due": "2999-01-01"},
    {"assigned": "bob"},
    {"is_blocked": True},
    {"status": 2},
    {"status": 4},
    {"sprint": None},
    {"order": -7},
    {"name": "Other", "status": 3, "points": 1, "assigned": "alice"},
]


@pytest.mark.parametrize("given", EDITS, ids=lambda given: ",".join(given))
def test_edits_are_put_back_and_brought_again(
    api: APIClient, task: Task, given: dict[str, Any]
) -> None:
    before = body_of(api, task)
    edit = patch(api, task, **given)
    after = body_of(api, task)
    assert before != after
    undoing = undone(api, edit)
    assert body_of(api, task) == before
    redoing = undone(api, undoing)
    assert body_of(api, task) == after
    undone(api, redoing)
    assert body_of(api, task) == before


def test_values_that_were_there_come_back(api: APIClient, new_task: NewTask) -> None:
    task = new_task(description="Old", points=3, due=timezone.now().date(), assigned="bob")
    before = body_of(api, task)
    undone(api, patch(api, task, description="", points=None, due=None, assigned=None))
    assert body_of(api, task) == before


def test_answer_holds_the_tasks_as_they_are_now(api: APIClient, task: Task) -> None:
    answer = undo(api, patch(api, task, name="Other"))
    assert answer.json()["tasks"] == [api.get(f"/api/tasks/{task.pk}/").json()]
    assert answer.json()["tasks"][0]["version"] == 3


def test_undo_is_told_like_any_change_and_names_what_it_undoes(
    api: APIClient, task: Task, sprint: Sprint
) -> None:
    edit = patch(api, task, name="Other")
    mutation = str(uuid4())
    undo(api, edit, **{"X-Client-Mutation": mutation})
    event = last_event(sprint)
    assert (event["model"], event["action"], event["id"]) == ("task", "update", task.pk)
    assert event["changed"] == {"name": ["Other", "First task"]}
    assert (event["actor"], event["origin"], event["undoes"]) == ("alice", mutation, edit)
    assert event["version"] == 3


def test_several_changes_are_undone_and_redone_in_turn(api: APIClient, task: Task) -> None:
    changes = [patch(api, task, name=name) for name in ("one", "two", "three")]
    undoings = [undone(api, change) for change in reversed(changes)]
    assert body_of(api, task)["name"] == "First task"
    redoings = [undone(api, undoing) for undoing in reversed(undoings)]
    assert body_of(api, task)["name"] == "three"
    for redoing in reversed(redoings):
        undone(api, redoing)
    assert body_of(api, task)["name"] == "First task"


# Places


def test_move_within_a_column_is_put_back(api: APIClient, abc: list[Task], sprint: Sprint) -> None:
    edit = move(api, abc[2], before=abc[0].pk)
    assert column(sprint) == ["c", "a", "b"]
    undone(api, undone(api, undone(api, edit)))
    assert column(sprint) == ["a", "b", "c"]


@pytest.mark.parametrize("place", range(3))
def test_task_returns_to_its_place_in_the_column(
    api: APIClient, abc: list[Task], sprint: Sprint, place: int
) -> None:
    undone(api, move(api, abc[place], status=3))
    assert (column(sprint), column(sprint, 3)) == (["a", "b", "c"], [])


def test_task_follows_the_neighbour_below_which_it_stood(
    api: APIClient, member: APIClient, abc: list[Task], sprint: Sprint
) -> None:
    edit = move(api, abc[1], status=3)
    move(member, abc[0], after=abc[2].pk)
    undone(api, edit)
    assert column(sprint) == ["c", "a", "b"]


def test_task_returns_near_its_place_when_the_neighbour_has_left(
    api: APIClient, member: APIClient, abc: list[Task], sprint: Sprint
) -> None:
    edit = move(api, abc[1], status=3)
    move(member, abc[0], status=2)
    undone(api, edit)
    assert column(sprint) == ["b", "c"]


def test_task_that_stood_on_top_returns_to_the_top(
    api: APIClient, abc: list[Task], sprint: Sprint, new_task: NewTask
) -> None:
    edit = move(api, abc[0], status=3)
    new_task("new", sprint=sprint, order=1)
    undone(api, edit)
    assert column(sprint) == ["a", "new", "b", "c"]


def test_column_that_was_numbered_anew_takes_the_task_back(
    api: APIClient, new_task: NewTask, sprint: Sprint
) -> None:
    a, b, c = (new_task(n, sprint=sprint, order=o) for n, o in (("a", 1), ("b", 2), ("c", 3)))
    edit = move(api, b, status=2)
    move(api, c, before=a.pk)
    new_task("d", sprint=sprint, order=0)
    move(api, c, before=a.pk)
    undone(api, edit)
    assert column(sprint) == ["d", "c", "a", "b"]


def test_move_into_done_from_the_backlog_is_undone(
    api: APIClient, new_task: NewTask, sprint: Sprint
) -> None:
    task = new_task()
    before = body_of(api, task)
    edit = move(api, task, sprint=sprint.pk, status=4)
    undone(api, edit)
    assert body_of(api, task) == before


def test_events_of_before_without_a_neighbour_are_undone(
    api: APIClient, abc: list[Task], sprint: Sprint
) -> None:
    edit = patch(api, abc[1], status=3)
    event = Event.objects.get(change=edit)
    assert event.undo
    event.undo.pop("after")
    event.save(update_fields=["undo"])
    undone(api, edit)
    assert column(sprint) == ["a", "b", "c"]


# Adding and deleting


def test_deleted_task_comes_back_where_it_was(
    api: APIClient, abc: list[Task], sprint: Sprint
) -> None:
    before = body_of(api, abc[1])
    undoing = undone(api, change_of(api.delete(f"/api/tasks/{abc[1].pk}/")))
    assert (body_of(api, abc[1]), column(sprint)) == (before, ["a", "b", "c"])
    event = last_event(sprint)
    assert (event["action"], event["version"], event["body"]["name"]) == ("add", 3, "b")
    undone(api, undoing)
    assert column(sprint) == ["a", "c"]


def test_added_task_is_deleted_and_brought_back(api: APIClient, project: Project) -> None:
    answer = api.post("/api/tasks/", {"name": "New"})
    path = f"/api/tasks/{answer.json()['id']}/"
    undoing = undo(api, change_of(answer))
    assert undoing.json()["tasks"] == []
    assert api.get(path).status_code == 404
    undone(api, change_of(undoing))
    assert api.get(path).json()["name"] == "New"


def test_added_task_that_one_has_edited_oneself_can_still_be_taken_back(
    api: APIClient, project: Project
) -> None:
    answer = api.post("/api/tasks/", {"name": "New"})
    api.patch(f"/api/tasks/{answer.json()['id']}/", {"name": "Newer"})
    undone(api, change_of(answer))


def test_added_task_that_somebody_has_changed_stays(
    api: APIClient, member: APIClient, project: Project
) -> None:
    answer = api.post("/api/tasks/", {"name": "New"})
    member.patch(f"/api/tasks/{answer.json()['id']}/", {"points": 3})
    refused = undo(api, change_of(answer))
    assert refused.json()["detail"] == "Bob Baker changed the story points since."
    assert refused.json()["task"]["points"] == 3


def test_task_of_a_deleted_sprint_comes_back_to_the_backlog(
    api: APIClient, new_task: NewTask, sprint: Sprint
) -> None:
    task = new_task(sprint=sprint, status=2)
    edit = change_of(api.delete(f"/api/tasks/{task.pk}/"))
    api.delete(f"/api/sprints/{sprint.pk}/")
    undone(api, edit)
    body = body_of(api, task)
    assert (body["sprint"], body["status"], body["started"]) == (None, 1, None)


def test_done_task_of_a_deleted_sprint_stays_deleted(
    api: APIClient, new_task: NewTask, sprint: Sprint
) -> None:
    task = new_task(sprint=sprint, status=4)
    edit = change_of(api.delete(f"/api/tasks/{task.pk}/"))
    api.delete(f"/api/sprints/{sprint.pk}/")
    refused = undo(api, edit)
    assert refused.status_code == 409
    assert refused.json() == {
        "detail": "The sprint of this task has been deleted since.",
        "task": None,
    }


def test_deleted_task_comes_back_to_nobody_when_its_person_has_left(
    api: APIClient,
    alice: User,
    bob: User,
    task: Task,
    membership_of: Callable[[User], Membership],
) -> None:
    patch(api, task, assigned="bob")
    edit = change_of(api.delete(f"/api/tasks/{task.pk}/"))
    services.remove_member(actor=Actor(alice), membership=membership_of(bob))
    undone(api, edit)
    assert body_of(api, task)["assigned"] is None
