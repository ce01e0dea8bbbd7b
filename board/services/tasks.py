"""Writes of tasks."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext

from board import columns, rules
from board.changes import Actor, Change, change_channels
from board.errors import AlreadyGone, RuleBroken
from board.models import Membership, Project, Sprint, Task
from board.representations import task_body
from board.services.labels import carry_labels, check_labels
from board.services.placing import column_of, end_of_column, move_refused, place, task_channel
from board.services.revisions import check_version, reread_project, save_revision
from board.transactions import StaleRead, retried_transaction

# The fields that put a task elsewhere, where what is above it is another.
PLACE = frozenset({"sprint", "status", "order"})


@retried_transaction
def create_task(
    *, actor: Actor, project: Project, given: Mapping[str, Any], today: date | None = None
) -> Task:
    """Add a task with the fields of ``given`` at the end of its column, or at a given ``order``.

    ``today`` overrides the project's day for tasks that are brought in from elsewhere. Raises
    ``RuleBroken``. Emits ``task add``.
    """
    sprint = given.get("sprint")
    channel = task_channel(project_id=project.pk, sprint_id=sprint.pk if sprint else None)
    with change_channels(actor, [channel]) as change:
        project = reread_project(project, must_lock=True)
        project.last_number += 1
        project.save(update_fields=["last_number"])
        task = Task(project=project, number=project.last_number)
        wanted = _reread_given(task, given)
        labels = wanted.pop("labels", ())
        rules.apply_to_task(task, wanted, today=today or project.today())
        if "order" not in given:
            task.order = end_of_column(change, task)
        task.save()
        carry_labels(task, labels)
        change.record(
            channels=[channel],
            task=task.pk,
            model="task",
            action="add",
            id=task.pk,
            version=task.version,
            body=task_body(task),
        )
    return task


@retried_transaction
def update_task(
    *,
    actor: Actor,
    task: Task,
    given: Mapping[str, Any],
    if_match: Collection[int] | None = None,
    is_whole: bool = False,
) -> Task:
    """Change the fields of ``given``; into another column without an ``order``, to its end.

    ``is_whole`` as in ``rules.apply_to_task``. Raises ``RuleBroken``, ``VersionMismatch`` or
    ``AlreadyGone``. Emits ``task update`` on the channels before and after, or nothing when nothing
    changes.
    """
    names = _channels_of_change(task, given)
    with change_channels(actor, names) as change:
        task = reread_task(task, names)
        check_version(task, if_match)
        before, old_column = task_body(task), column_of(task)
        undo = {"after": columns.id_above(task)} if given.keys() & PLACE else None
        apply_given(task, given, is_whole=is_whole)
        if "order" not in given and column_of(task) != old_column:
            task.order = end_of_column(change, task)
        save_revision(
            change, task, model="task", before=before, body=task_body, channels=names, undo=undo
        )
    return task


@retried_transaction
def move_task(
    *,
    actor: Actor,
    task: Task,
    given: Mapping[str, Any],
    before: int | None = None,
    after: int | None = None,
    version: int | None = None,
) -> Task:
    """Put a task into the column of ``given`` (``sprint``, ``status``), by an anchor or last.

    ``before`` and ``after`` are ids of tasks in that column; at most one is given. Raises
    ``RuleBroken``, ``MoveRefused`` or ``AlreadyGone``. Emits ``task update`` on the channels before
    and after, preceded by one ``column order`` when the column had to be numbered anew.
    """
    names = _channels_of_change(task, given)
    with change_channels(actor, names) as change:
        task = reread_task(task, names)
        stored = task_body(task)
        undo = {"after": columns.id_above(task)}
        wanted = _reread_given(task, given)
        if version is not None and version != task.version:
            raise move_refused(task, wanted, gettext("Somebody changed this task meanwhile."))
        rules.apply_to_task(task, wanted, today=task.project.today())
        place(change, task, before=before, after=after)
        save_revision(
            change, task, model="task", before=stored, body=task_body, channels=names, undo=undo
        )
    return task


@retried_transaction
def delete_task(*, actor: Actor, task: Task, if_match: Collection[int] | None = None) -> None:
    """Take a task off every board; its row stays for history and undo.

    Raises ``VersionMismatch`` or ``AlreadyGone``. Emits ``task remove``.
    """
    names = _channels_of_change(task, {})
    with change_channels(actor, names) as change:
        task = reread_task(task, names)
        check_version(task, if_match)
        remove_task(change, task, channels=names)


def remove_task(change: Change, task: Task, *, channels: Collection[str]) -> None:
    """Mark a task as deleted within a change that holds its channels."""
    above = columns.id_above(task)
    task.version += 1
    task.deleted_at = task.updated_at = timezone.now()
    task.save(update_fields=["version", "deleted_at", "updated_at"])
    change.record(
        channels=channels,
        task=task.pk,
        model="task",
        action="remove",
        id=task.pk,
        version=task.version,
        body=None,
        undo={"deleted_at": None, "after": above},
    )


def apply_given(task: Task, given: Mapping[str, Any], *, is_whole: bool = False) -> None:
    """Set the fields of ``given`` on a task in hand, by the rules; its labels are stored at once.

    ``is_whole`` as in ``rules.apply_to_task``. Raises ``RuleBroken``.
    """
    wanted = _reread_given(task, given)
    labels = wanted.pop("labels", None)
    rules.apply_to_task(task, wanted, today=task.project.today(), is_whole=is_whole)
    if labels is not None:
        carry_labels(task, labels)


def _channels_of_change(task: Task, given: Mapping[str, Any]) -> set[str]:
    """The channels that a task is on before and after a change, as far as can be told unlocked."""
    sprint = given.get("sprint", task.sprint_id)
    sprint_id = sprint.pk if isinstance(sprint, Sprint) else sprint
    return {
        task_channel(project_id=task.project_id, sprint_id=task.sprint_id),
        task_channel(project_id=task.project_id, sprint_id=sprint_id),
    }


def reread_task(task: Task, names: Collection[str], *, is_deleted: bool = False) -> Task:
    """Read a task again under the locks ``names``; it may have moved on, or gone, before them.

    ``is_deleted`` asks for one that was deleted before.
    """
    current = (
        Task.objects.filter(pk=task.pk, deleted_at__isnull=not is_deleted)
        .select_related("project", "sprint", "assigned")
        .prefetch_related("task_labels")
        .first()
    )
    if current is None:
        raise AlreadyGone(gettext("This task has been deleted."))
    if task_channel(project_id=current.project_id, sprint_id=current.sprint_id) not in names:
        task.sprint_id = current.sprint_id
        raise StaleRead
    return current


def _reread_given(task: Task, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``given`` with its sprint and person as they are under the locks, as ``task`` is.

    Its labels, if any, are locked.
    """
    fresh = dict(given)
    if sprint := fresh.get("sprint"):
        is_here = sprint.pk == task.sprint_id
        fresh["sprint"] = task.sprint if is_here else Sprint.objects.filter(pk=sprint.pk).first()
        if fresh["sprint"] is None:
            raise RuleBroken(gettext("This sprint has been deleted."), field="sprint")
    if username := fresh.get("assigned"):
        fresh["assigned"] = _member(task.project, username)
    if labels := fresh.get("labels"):
        check_labels(task.project, labels)
    return fresh


def _member(project: Project, username: str) -> User:
    """Return an active member; the answer to a hidden person is the same as to an unknown one."""
    membership = (
        Membership.objects.select_related("user")
        .filter(project=project, user__username=username, user__is_active=True)
        .first()
    )
    if membership is None:
        raise RuleBroken(
            gettext("%(username)s is not a member of this project.") % {"username": username},
            field="assigned",
        )
    return membership.user
