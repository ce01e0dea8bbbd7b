"""The rules of a task's fields, on stored plus given values; nothing here reads or saves.

The messages are part of the HTTP contract.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext

from board.errors import RuleBroken
from board.models import Status, Task


def apply_to_task(
    task: Task, given: Mapping[str, Any], *, today: date, is_whole: bool = False
) -> None:
    """Set the fields of ``given`` on ``task`` and make its dates follow its status.

    ``task`` is the stored one, or an empty one of the right project for a new task. ``is_whole``
    says that the writer repeated all fields (PUT), so that what equals the stored value was not
    meant as a change. Raises ``RuleBroken``.
    """
    is_new = task.pk is None
    old_status = None if is_new else task.status
    _check_sprint(task, given, today)
    given = {n: v for n, v in given.items() if not _repeats(task, n, v, is_whole)}
    if "sprint" in given and given["sprint"] is None and "status" not in given:
        given["status"] = Status.NOT_STARTED
    for name, value in given.items():
        setattr(task, name, value)
    if task.sprint_id is None and task.status != Status.NOT_STARTED:
        raise RuleBroken(gettext('Backlog tasks must have "Not Started" status.'))
    _settle_started(task, given, old_status, today)
    _settle_completed(task, given, old_status, today)


def _repeats(task: Task, name: str, value: Any, is_whole: bool) -> bool:
    """A date that equals the stored one counts as not given; in a PUT so does everything."""
    follows_status = name in ("started", "completed")
    return (is_whole or follows_status) and getattr(task, name) == value


def _check_sprint(task: Task, given: Mapping[str, Any], today: date) -> None:
    sprint = given.get("sprint", task.sprint)
    is_new = task.pk is None
    if not is_new and sprint == task.sprint:
        return
    if not is_new and task.status == Status.DONE:
        raise RuleBroken(gettext("Cannot change the sprint of a completed task."), field="sprint")
    if sprint is None:
        return
    if sprint.project_id != task.project_id:
        raise RuleBroken(gettext("This sprint belongs to another project."), field="sprint")
    if sprint.has_ended(today):
        message = (
            gettext("Cannot add tasks to past sprints.")
            if is_new
            else gettext("Cannot assign tasks to past sprints.")
        )
        raise RuleBroken(message, field="sprint")


def _settle_started(
    task: Task, given: Mapping[str, Any], old_status: int | None, today: date
) -> None:
    if task.status == Status.NOT_STARTED:
        if given.get("started"):
            raise RuleBroken(gettext("Started date cannot be set for not started tasks."))
        task.started = None
    elif "started" not in given and task.started is None and task.status != old_status:
        task.started = today


def _settle_completed(
    task: Task, given: Mapping[str, Any], old_status: int | None, today: date
) -> None:
    if task.status != Status.DONE:
        if given.get("completed"):
            raise RuleBroken(gettext("Completed date cannot be set for uncompleted tasks."))
        task.completed = None
    elif "completed" not in given and task.completed is None and task.status != old_status:
        task.completed = today
