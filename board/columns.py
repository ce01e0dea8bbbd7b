"""Who stands next to whom in a column.

By hand like ``board.cards``, since every move asks: two rows in the index's order are read sooner
than Django makes the query for them.
"""

from django.db import connection
from django.db.models import BigIntegerField

from board.models import Task

# An anchor that is not in the column compares with nothing.
_FROM_ANCHOR = """
    SELECT t.id, t."order" FROM board_task t
     WHERE {place} AND t.deleted_at IS NULL AND t.id <> %s
       AND (t."order", t.id) {side} (
           SELECT t."order", t.id FROM board_task t
            WHERE {place} AND t.deleted_at IS NULL AND t.id = %s)
     ORDER BY t."order" {way}, t.id {way} LIMIT 2
"""
_ABOVE = """
    SELECT t.id FROM board_task t
     WHERE {place} AND t.deleted_at IS NULL AND t.id <> %s AND (t."order", t.id) < (%s, %s)
     ORDER BY t."order" DESC, t.id DESC LIMIT 1
"""


def id_above(task: Task) -> int | None:
    """The id of the task above the place that ``task`` names; None when that is the top."""
    place, column = _column(task)
    rows = _rows(_ABOVE.format(place=place), [*column, task.pk, task.order, task.pk])
    return rows[0][0] if rows else None


def gap_beside(task: Task, anchor: int, *, is_above: bool) -> tuple[int | None, int | None] | None:
    """The orders between which ``task`` goes, above or below ``anchor`` in the column it names.

    None in their place means the column's end; None for both that ``anchor`` is not in that column.
    """
    if abs(anchor) > BigIntegerField.MAX_BIGINT:
        return None
    place, column = _column(task)
    side, way = ("<=", "DESC") if is_above else (">=", "ASC")
    query = _FROM_ANCHOR.format(place=place, side=side, way=way)
    orders = [order for _, order in _rows(query, [*column, task.pk, *column, anchor])]
    if not orders:
        return None
    at, beyond = orders[0], orders[1] if len(orders) > 1 else None
    return (beyond, at) if is_above else (at, beyond)


def _column(task: Task) -> tuple[str, list[int]]:
    """The condition for the column that ``task`` says it is in, and its parameters."""
    if task.sprint_id:
        return "t.sprint_id = %s AND t.status = %s", [task.sprint_id, task.status]
    return (
        "t.project_id = %s AND t.sprint_id IS NULL AND t.status = %s",
        [task.project_id, task.status],
    )


def _rows(query: str, parameters: list[int]) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows: list[tuple[int, int]] = cursor.fetchall()
    return rows
