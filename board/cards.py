"""The cards of a board, as rows.

One query by hand: a board reads thousands of cards at once, and Django takes as long to compile
such a query and to convert its rows as the database takes to answer it.
"""

from collections import defaultdict
from operator import itemgetter
from typing import cast

from django.db import connection

from board.models import Project, Sprint, TaskLabel
from board.representations import Card

# In the order of the fields of Card. Days as text, for the drivers would make objects of them.
_CARDS = """
    SELECT t.id, t.number, t.name, t.description <> '', t.sprint_id, t.status, t."order",
           u.username, t.points, CAST(t.started AS text), CAST(t.due AS text),
           CAST(t.completed AS text), t.is_blocked, t.comment_count,
           t.checklist_count, t.checklist_done_count, t.attachment_count, t.version, {created_at},
           {updated_at}
      FROM board_task t LEFT JOIN auth_user u ON u.id = t.assigned_id
     WHERE {place} AND t.deleted_at IS NULL
     ORDER BY t.sprint_id, t.status, t."order", t.id
"""
_IN_ORDER = itemgetter(Card._fields.index("order"), Card._fields.index("id"))
# SQLite keeps moments as ``2026-11-20 10:35:00.123456``, in UTC.
_MOMENTS = {"sqlite": "REPLACE(t.{0}, ' ', 'T') || '+00:00'", "postgresql": "t.{0}"}


def sprint_cards(sprint: Sprint) -> list[Card]:
    """The cards of a sprint, in order."""
    return _cards("t.sprint_id = %s", sprint.pk)


def backlog_cards(project: Project) -> list[Card]:
    """The cards of a project's backlog, in order."""
    return _cards("t.project_id = %s AND t.sprint_id IS NULL", project.pk)


def _cards(place: str, pk: int) -> list[Card]:
    moment = _MOMENTS[connection.vendor]
    query = _CARDS.format(
        created_at=moment.format("created_at"), updated_at=moment.format("updated_at"), place=place
    )
    with connection.cursor() as cursor:
        cursor.execute(query, (pk,))
        # Tuples with a Card's fields: to name them would take a tenth of the time of all this.
        cards = cast(list[Card], cursor.fetchall())
    # The index gives column by column: to merge them here is cheaper than to sort whole rows there.
    cards.sort(key=_IN_ORDER)
    return cards


def card_labels(project: Project) -> dict[int, list[int]]:
    """The labels of those of a project's cards that carry any: ids by the card's id, rising."""
    labels: defaultdict[int, list[int]] = defaultdict(list)
    carried = TaskLabel.objects.filter(label__project=project).order_by("label")
    for task, label in carried.values_list("task", "label"):
        labels[task].append(label)
    return labels
