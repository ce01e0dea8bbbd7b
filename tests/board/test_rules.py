"""The rules of a task's fields alone; the contract's tests see them through HTTP."""

from datetime import date, timedelta
from typing import Any

import pytest

from board.errors import RuleBroken
from board.models import Project, Sprint, Status, Task
from board.rules import apply_to_task

TODAY = date(2026, 3, 10)


def stored_task(**fields: Any) -> Task:
    return Task(pk=1, project=Project(pk=1), **fields)


def open_sprint(pk: int = 7) -> Sprint:
    return Sprint(pk=pk, project_id=1, end=TODAY)


def test_sprint_that_ends_today_has_not_ended() -> None:
    task = stored_task()
    apply_to_task(task, {"sprint": open_sprint()}, today=TODAY)
    assert task.sprint_id == 7
    with pytest.raises(RuleBroken, match="past sprints"):
        apply_to_task(stored_task(), {"sprint": open_sprint()}, today=TODAY + timedelta(days=1))


def test_done_task_keeps_its_sprint_even_when_it_is_reopened_at_once() -> None:
    task = stored_task(sprint=open_sprint(), status=Status.DONE)
    with pytest.raises(RuleBroken, match="completed task"):
        apply_to_task(task, {"sprint": open_sprint(8), "status": 1}, today=TODAY)


def test_patch_to_the_backlog_with_a_status_is_refused() -> None:
    task = stored_task(sprint=open_sprint(), status=Status.TESTING)
    with pytest.raises(RuleBroken, match="Backlog"):
        apply_to_task(task, {"sprint": None, "status": Status.TESTING}, today=TODAY)


def test_put_to_the_backlog_repeats_the_status_without_meaning_it() -> None:
    task = stored_task(sprint=open_sprint(), status=Status.TESTING, started=TODAY)
    given = {"sprint": None, "status": Status.TESTING, "started": TODAY}
    apply_to_task(task, given, today=TODAY, is_whole=True)
    assert (task.status, task.started) == (Status.NOT_STARTED, None)


def test_reopened_task_keeps_when_it_was_started() -> None:
    task = stored_task(sprint=open_sprint(), status=Status.DONE, started=TODAY, completed=TODAY)
    apply_to_task(task, {"status": Status.IN_PROGRESS}, today=TODAY + timedelta(days=3))
    assert (task.started, task.completed) == (TODAY, None)


def test_completed_date_may_be_corrected() -> None:
    task = stored_task(sprint=open_sprint(), status=Status.DONE, completed=TODAY)
    apply_to_task(task, {"completed": TODAY - timedelta(days=1)}, today=TODAY)
    assert task.completed == TODAY - timedelta(days=1)
