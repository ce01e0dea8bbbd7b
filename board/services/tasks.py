"""Writes of tasks."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Case, QuerySet, Value, When
from django.utils import timezone

from board import columns, ordering, queries, rules
from board.changes import Actor, Change, change_channels
from board.errors import AlreadyGone, MoveRefused, RuleBroken
from board.models import Membership, Project, Sprint, Task
from board.representations import task_body
from board.services.revisions import check_version, reread_project, save_revision
from board.transactions import StaleRead, retried_transaction
from realtime.names import project_channel, sprint_channel


def task_channel(*, project_id: int, sprint_id: int | None) -> str:
    """The channel on which a task of this sprint, or of the backlog, is announced."""
    return sprint_channel(sprint_id) if sprint_id else project_channel(project_id)


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
        rules.apply_to_task(task, _reread_given(task, given), today=today or project.today())
        if "order" not in given:
            task.order = _end_of_column(change, task)
        task.save()
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
        task = _reread(task, names)
        check_version(task, if_match)
        before, old_column = task_body(task), _column(task)
        project = task.project
        rules.apply_to_task(
            task, _reread_given(task, given), today=project.today(), is_whole=is_whole
        )
        if "order" not in given and _column(task) != old_column:
            task.order = _end_of_column(change, task)
        save_revision(change, task, model="task", before=before, body=task_body, channels=names)
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
        task = _reread(task, names)
        stored = task_body(task)
        undo = {"after": columns.id_above(task)}
        wanted = _reread_given(task, given)
        if version is not None and version != task.version:
            raise _move_refused(task, wanted, "Somebody changed this task meanwhile.")
        rules.apply_to_task(task, wanted, today=task.project.today())
        _place(change, task, before=before, after=after)
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
        task = _reread(task, names)
        check_version(task, if_match)
        remove_task(change, task, channels=names)


def remove_task(change: Change, task: Task, *, channels: Collection[str]) -> None:
    """Mark a task as deleted within a change that holds its channels."""
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
        undo={"deleted_at": None},
    )


def _channels_of_change(task: Task, given: Mapping[str, Any]) -> set[str]:
    """The channels that a task is on before and after a change, as far as can be told unlocked."""
    sprint = given.get("sprint", task.sprint_id)
    sprint_id = sprint.pk if isinstance(sprint, Sprint) else sprint
    return {
        task_channel(project_id=task.project_id, sprint_id=task.sprint_id),
        task_channel(project_id=task.project_id, sprint_id=sprint_id),
    }


def _reread(task: Task, names: set[str]) -> Task:
    """Read a task again under the locks ``names``; it may have moved on, or gone, before them."""
    current = (
        queries.live_tasks()
        .select_related("project", "sprint", "assigned")
        .prefetch_related("task_labels")
        .filter(pk=task.pk)
        .first()
    )
    if current is None:
        raise AlreadyGone("This task has been deleted.")
    if task_channel(project_id=current.project_id, sprint_id=current.sprint_id) not in names:
        task.sprint_id = current.sprint_id
        raise StaleRead
    return current


def _reread_given(task: Task, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``given`` with its sprint and person as they are under the locks, as ``task`` is."""
    fresh = dict(given)
    if sprint := fresh.get("sprint"):
        is_here = sprint.pk == task.sprint_id
        fresh["sprint"] = task.sprint if is_here else Sprint.objects.filter(pk=sprint.pk).first()
        if fresh["sprint"] is None:
            raise RuleBroken("This sprint has been deleted.", field="sprint")
    if username := fresh.get("assigned"):
        fresh["assigned"] = _member(task.project, username)
    return fresh


def _member(project: Project, username: str) -> User:
    """Return an active member; the answer to a hidden person is the same as to an unknown one."""
    membership = (
        Membership.objects.select_related("user")
        .filter(project=project, user__username=username, user__is_active=True)
        .first()
    )
    if membership is None:
        raise RuleBroken(f"{username} is not a member of this project.", field="assigned")
    return membership.user


def _column(task: Task) -> tuple[int | None, int]:
    return task.sprint_id, task.status


def _column_tasks(task: Task) -> QuerySet[Task]:
    """The other tasks of the column that ``task`` says it is in, in order."""
    return queries.column_tasks(
        project_id=task.project_id, sprint_id=task.sprint_id, status=task.status
    ).exclude(pk=task.pk)


def _end_of_column(change: Change, task: Task) -> int:
    last = _column_tasks(task).order_by("-order").values_list("order", flat=True).first()
    order = ordering.order_between(last, None)
    return order if order is not None else _number_anew(change, task)


def _place(change: Change, task: Task, *, before: int | None, after: int | None) -> None:
    """Give ``task`` an order next to its anchor in the column that it says it is in."""
    anchor = before if before is not None else after
    if anchor is None:
        task.order = _end_of_column(change, task)
        return
    if anchor == task.pk:
        field = "before" if before is not None else "after"
        raise RuleBroken("A task cannot be placed next to itself.", field=field)
    gap = columns.gap_beside(task, anchor, is_above=before is not None)
    if gap is None:
        raise _move_refused(task, {}, "The task to place it next to is not in that column.")
    order = ordering.order_between(*gap)
    task.order = order if order is not None else _number_anew(change, task, before, after)


def _number_anew(
    change: Change, task: Task, before: int | None = None, after: int | None = None
) -> int:
    """Number the whole column with ``task`` next to its anchor or at the end; return its order.

    The others keep their versions. The event tells them, since a task may come by on two channels:
    a watcher takes the order only for the version that it was made for.
    """
    versions = dict(_column_tasks(task).values_list("pk", "version"))
    ids = list(versions)
    ids.insert(_place_in(ids, before, after), task.pk or 0)
    orders = ordering.renumber(ids)
    own = orders.pop(task.pk or 0)
    cases = [When(pk=pk, then=Value(order)) for pk, order in orders.items()]
    Task.objects.filter(pk__in=orders).update(order=Case(*cases))
    change.record(
        channels=[task_channel(project_id=task.project_id, sprint_id=task.sprint_id)],
        model="column",
        action="order",
        sprint=task.sprint_id,
        status=task.status,
        order={str(pk): order for pk, order in orders.items()},
        versions={str(pk): version for pk, version in versions.items()},
    )
    return own


def _place_in(ids: list[int], before: int | None, after: int | None) -> int:
    if before is not None:
        return ids.index(before)
    return len(ids) if after is None else ids.index(after) + 1


def _move_refused(task: Task, wanted: Mapping[str, Any], message: str) -> MoveRefused:
    sprint = wanted.get("sprint", task.sprint)
    column = queries.column_tasks(
        project_id=task.project_id,
        sprint_id=sprint.pk if sprint else None,
        status=wanted.get("status", task.status),
    )
    stored = queries.live_tasks().select_related("project", "assigned").get(pk=task.pk)
    return MoveRefused(message, task=stored, column=list(column.values_list("pk", flat=True)))
