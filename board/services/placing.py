"""Where a task comes to stand in its column, and on which channel it is announced there."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext

from board import columns, ordering, queries
from board.changes import Change
from board.errors import MoveRefused, RuleBroken
from board.models import Task
from realtime.names import project_channel, sprint_channel


def task_channel(*, project_id: int, sprint_id: int | None) -> str:
    """The channel on which a task of this sprint, or of the backlog, is announced."""
    return sprint_channel(sprint_id) if sprint_id else project_channel(project_id)


def column_of(task: Task) -> tuple[int | None, int]:
    return task.sprint_id, task.status


def _column_tasks(task: Task) -> QuerySet[Task]:
    """The other tasks of the column that ``task`` says it is in, in order."""
    return queries.column_tasks(
        project_id=task.project_id, sprint_id=task.sprint_id, status=task.status
    ).exclude(pk=task.pk)


def end_of_column(change: Change, task: Task) -> int:
    last = _column_tasks(task).order_by("-order").values_list("order", flat=True).first()
    order = ordering.order_between(last, None)
    return order if order is not None else _number_anew(change, task)


def place(change: Change, task: Task, *, before: int | None, after: int | None) -> None:
    """Give ``task`` an order next to its anchor in the column that it says it is in."""
    anchor = before if before is not None else after
    if anchor is None:
        task.order = end_of_column(change, task)
        return
    if anchor == task.pk:
        field = "before" if before is not None else "after"
        raise RuleBroken(gettext("A task cannot be placed next to itself."), field=field)
    gap = columns.gap_beside(task, anchor, is_above=before is not None)
    if gap is None:
        raise move_refused(task, {}, gettext("The task to place it next to is not in that column."))
    order = ordering.order_between(*gap)
    task.order = order if order is not None else _number_anew(change, task, before, after)


def stand_again(change: Change, task: Task, undo: Mapping[str, Any]) -> None:
    """Give ``task`` the place that an event's ``undo`` tells: below who stood above it, or on top.

    It gets the order that it had where that is this place still, or who stood above it has left.
    """
    task.order = undo.get("order", task.order)
    if "after" not in undo or columns.id_above(task) == undo["after"]:
        return
    if undo["after"] is None:
        first = _column_tasks(task).values_list("pk", flat=True).first()
        place(change, task, before=first, after=None)
    elif columns.gap_beside(task, undo["after"], is_above=False):
        place(change, task, before=None, after=undo["after"])


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


def move_refused(task: Task, wanted: Mapping[str, Any], message: str) -> MoveRefused:
    sprint = wanted.get("sprint", task.sprint)
    column = queries.column_tasks(
        project_id=task.project_id,
        sprint_id=sprint.pk if sprint else None,
        status=wanted.get("status", task.status),
    )
    stored = queries.live_tasks().select_related("project", "assigned").get(pk=task.pk)
    return MoveRefused(message, task=stored, column=list(column.values_list("pk", flat=True)))
