"""Undo while others write: it takes back all or nothing, and never what somebody else did."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board import history, services
from board.changes import Actor
from board.errors import ChangedSince, SprintHasTasks
from board.models import Event, Mutation, Project, Sprint, Status, Task
from tests.board.test_concurrency import assert_log_is_whole, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def undo(user: User, change: str) -> Callable[[], list[Task]]:
    entries = history.own_change(user, change)
    return lambda: services.undo_change(actor=Actor(user), entries=entries)


def rename(user: User, task: Task, name: str) -> Callable[[], Task]:
    return lambda: services.update_task(actor=Actor(user), task=task, given={"name": name})


def test_change_of_the_same_field_at_once_is_never_taken_back(
    alice: User, bob: User, project: Project, task: Task, sprint: Sprint
) -> None:
    for number in range(5):
        actor = Actor(alice)
        services.update_task(actor=actor, task=task, given={"name": f"Alice's {number}"})
        undone, _ = at_once(
            [
                undo(alice, actor.change),
                rename(bob, task, f"Bob's {number}"),
            ]
        )
        assert isinstance(undone, (list, ChangedSince)), undone
        task.refresh_from_db()
        assert task.name == f"Bob's {number}"
    assert_log_is_whole(f"sprint.{sprint.pk}")


def test_change_of_another_field_at_once_is_kept(
    alice: User, bob: User, project: Project, task: Task
) -> None:
    actor = Actor(alice)
    services.update_task(actor=actor, task=task, given={"name": "Alice's"})
    undone, _ = at_once(
        [
            undo(alice, actor.change),
            lambda: services.update_task(actor=Actor(bob), task=task, given={"points": 5}),
        ]
    )
    task.refresh_from_db()
    assert isinstance(undone, list)
    assert (task.name, task.points, task.version) == ("First task", 5, 4)


def test_undo_pressed_in_two_windows_at_once_acts_once(
    alice: User, task: Task, sprint: Sprint
) -> None:
    actor = Actor(alice)
    services.move_task(actor=actor, task=task, given={"status": Status.DONE})
    answers = at_once([undo(alice, actor.change)] * 3)
    assert sorted(type(answer).__name__ for answer in answers) == [
        "ChangedSince",
        "ChangedSince",
        "list",
    ]
    task.refresh_from_db()
    assert (task.status, task.version) == (Status.NOT_STARTED, 3)
    assert_log_is_whole(f"sprint.{sprint.pk}")


def test_undo_that_its_client_repeats_at_once_gets_one_answer(alice: User, task: Task) -> None:
    actor = Actor(alice)
    services.update_task(actor=actor, task=task, given={"name": "Other"})
    mutation = str(uuid4())

    def post() -> tuple[int, str]:
        client = APIClient()
        client.force_login(alice)
        path = f"/api/changes/{actor.change}/undo/"
        answer = client.post(path, headers={"X-Client-Mutation": mutation})
        return answer.status_code, answer["X-Change"]

    answers = at_once([post] * 3)
    assert len(set(answers)) == 1, answers
    assert answers[0][0] == 200
    assert Mutation.objects.get().change == Event.objects.latest("pk").change


def test_move_to_another_board_at_once_is_kept_or_refused_whole(
    alice: User, bob: User, task: Task, sprint: Sprint
) -> None:
    actor = Actor(alice)
    services.move_task(actor=actor, task=task, given={"status": Status.TESTING})
    undone, moved = at_once(
        [
            undo(alice, actor.change),
            lambda: services.move_task(actor=Actor(bob), task=task, given={"sprint": None}),
        ]
    )
    assert isinstance(undone, (list, ChangedSince)), undone
    assert isinstance(moved, Task)
    task.refresh_from_db()
    assert (task.sprint, task.status) == (None, Status.NOT_STARTED)


def test_deleted_task_and_its_sprint_go_and_come_at_once(
    alice: User, bob: User, task: Task, sprint: Sprint
) -> None:
    actor = Actor(alice)
    services.delete_task(actor=actor, task=task)
    undone, gone = at_once(
        [
            undo(alice, actor.change),
            lambda: services.delete_sprint(actor=Actor(bob), sprint=sprint),
        ]
    )
    assert isinstance(undone, list), undone
    assert gone is None or isinstance(gone, SprintHasTasks)
    task.refresh_from_db()
    assert task.deleted_at is None
    assert task.sprint == (None if gone is None else sprint)
