"""Positions in a column: pure arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from board.models import LARGEST_ORDER
from board.ordering import STRIDE, order_between, renumber

orders = st.integers(-LARGEST_ORDER, LARGEST_ORDER)


@given(st.none() | orders, st.none() | orders)
def test_order_lies_between_its_neighbours_and_within_bounds(
    lower: int | None, upper: int | None
) -> None:
    order = order_between(lower, upper)
    if order is not None:
        assert lower is None or lower < order
        assert upper is None or order < upper
        assert abs(order) <= LARGEST_ORDER


def test_first_card_leaves_room_on_both_sides() -> None:
    assert order_between(None, None) == STRIDE


def test_ends_of_a_column_are_a_stride_away() -> None:
    assert order_between(None, 10) == 10 - STRIDE
    assert order_between(10, None) == 10 + STRIDE


def test_used_up_gap_has_no_room() -> None:
    assert order_between(7, 8) is None
    assert order_between(7, 7) is None
    assert order_between(LARGEST_ORDER, None) is None
    assert order_between(None, -LARGEST_ORDER) is None


def test_gap_is_halved_sixteen_times_before_it_is_used_up() -> None:
    lower, upper = 0, STRIDE
    for _ in range(16):
        middle = order_between(lower, upper)
        assert middle is not None
        upper = middle
    assert order_between(lower, upper) is None


@given(st.lists(st.integers(), unique=True))
def test_numbering_anew_keeps_the_order_and_opens_every_gap(ids: list[int]) -> None:
    numbered = renumber(ids)
    assert sorted(ids, key=numbered.__getitem__) == ids
    assert list(numbered.values()) == [STRIDE * (n + 1) for n in range(len(ids))]
