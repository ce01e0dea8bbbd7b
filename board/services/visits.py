"""Writes of how far people have seen boards. They are nobody else's business: no events."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext

from board import queries
from board.errors import PositionsUnknown
from board.models import Sprint, Visit
from board.transactions import retried_transaction

Positions = Mapping[str, Mapping[str, Any]]


@retried_transaction
def note_visit(*, user: User, sprint: Sprint, positions: Positions) -> None:
    """Keep that ``user`` has seen a board as of ``positions``, ``{"sprint.7": {epoch, seq}, ...}``.

    Within an epoch it never goes back. Raises ``PositionsUnknown``.
    """
    _ensure_known(positions, queries.board_positions(sprint))
    visit, _ = Visit.objects.select_for_update().get_or_create(
        user=user, sprint=sprint, defaults={"positions": {}}
    )
    for name, at in positions.items():
        kept = visit.positions.get(name)
        if kept is None or kept["epoch"] != at["epoch"] or kept["seq"] < at["seq"]:
            visit.positions[name] = {"epoch": at["epoch"], "seq": at["seq"]}
    visit.seen_at = timezone.now()
    visit.save()


def _ensure_known(positions: Positions, now: Positions) -> None:
    for name, at in positions.items():
        if name not in now:
            raise PositionsUnknown(
                gettext("%(channel)s is not a channel of this board.") % {"channel": name}
            )
        if at["epoch"] != now[name]["epoch"] or at["seq"] > now[name]["seq"]:
            raise PositionsUnknown(
                gettext("%(channel)s has not been at that position: load the board again.")
                % {"channel": name}
            )
