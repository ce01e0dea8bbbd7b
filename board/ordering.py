"""Positions of cards in a column: pure arithmetic.

A column is sorted by ``order``, then id. New places are taken from the middle of a gap, so a move
costs one row until a gap is used up; then the whole column is numbered anew.
"""

from collections.abc import Iterable

from board.models import LARGEST_ORDER

STRIDE = 65_536


def order_between(lower: int | None, upper: int | None) -> int | None:
    """Return an order between two neighbours' (None: no neighbour), or None if there is no room."""
    if upper is None:
        return _within_bounds(STRIDE if lower is None else lower + STRIDE)
    if lower is None:
        return _within_bounds(upper - STRIDE)
    middle = (lower + upper) // 2
    return middle if lower < middle < upper else None


def _within_bounds(order: int) -> int | None:
    return order if abs(order) <= LARGEST_ORDER else None


def renumber(task_ids: Iterable[int]) -> dict[int, int]:
    """Return fresh orders with full gaps for a column, given in its order."""
    return {task_id: place * STRIDE for place, task_id in enumerate(task_ids, start=1)}
