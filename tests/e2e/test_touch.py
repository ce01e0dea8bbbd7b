"""The board on a phone, by touch."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.boards import IN_PROGRESS, TO_DO, BoardPage
from tests.e2e.people import Api
from tests.e2e.touch import PHONE, Finger

pytestmark = pytest.mark.browser

Window = Callable[..., Page]


@pytest.fixture
def tasks(ana: Api, sprint: dict[str, Any]) -> list[Any]:
    return [ana.new_task(f"Task {number}", sprint) for number in range(1, 13)]


@pytest.fixture
def board(window: Window, sprint: dict[str, Any], tasks: list[Any]) -> BoardPage:
    return BoardPage(window("ana", f"/sprints/{sprint['id']}", **PHONE)).wait_until_live()


@pytest.fixture
def finger(board: BoardPage) -> Finger:
    return Finger(board.page)


def handle(board: BoardPage, task: Any) -> Locator:
    return board.card(task).locator("[data-handle]")


def test_card_is_dragged_by_its_handle_while_others_change_the_column(
    board: BoardPage, finger: Finger, tasks: list[Any], ben: Api
) -> None:
    first, second, third = tasks[:3]
    finger.press(handle(board, first))
    box = board.card(third).bounding_box()
    assert box
    finger.slide_to(finger.x - 60, box["y"] + box["height"] * 0.8)
    mark = board.page.locator("[data-edge=bottom]")
    expect(mark).to_have_attribute("data-slot", str(third["id"]))
    ben.move(second["id"], status=IN_PROGRESS)
    # All that is below has come up, and the mark is where the finger is now.
    expect(mark).to_have_attribute("data-slot", str(tasks[3]["id"]))
    finger.lift()
    names = [f"Task {number}" for number in (3, 4, 1, *range(5, 13))]
    board.expect_names(TO_DO, names)


def test_card_is_carried_beyond_the_edges_of_the_column_and_the_window(
    board: BoardPage, finger: Finger, tasks: list[Any]
) -> None:
    page = board.page
    finger.press(handle(board, tasks[0]))
    finger.slide_to(150, 715)
    page.wait_for_function(
        "(list) => list.scrollTop > 200",
        arg=board.column(TO_DO).locator("[data-scroller]").element_handle(),
    )
    finger.slide_to(150, 400)
    finger.slide_to(355, 400)
    tab = page.get_by_role("navigation", name="Columns").get_by_role("button", name="In Progress")
    expect(tab).to_have_attribute("aria-current", "true")
    finger.slide_to(180, 400)
    expect(board.column(IN_PROGRESS)).to_have_attribute("data-over", "end")
    finger.lift()
    board.expect_names(IN_PROGRESS, ["Task 1"])


def test_swiping_over_cards_scrolls_and_turns_to_the_next_column(
    board: BoardPage, finger: Finger, tasks: list[Any]
) -> None:
    page = board.page
    finger.swipe(board.card(tasks[4]), down=-200)
    page.wait_for_function(
        "(list) => list.scrollTop > 100",
        arg=board.column(TO_DO).locator("[data-scroller]").element_handle(),
    )
    tabs = page.get_by_role("navigation", name="Columns")
    finger.swipe(board.column(TO_DO).locator("header"), at=0.9, across=-280)
    expect(tabs.get_by_role("button", name="In Progress")).to_have_attribute("aria-current", "true")
    tabs.get_by_role("button", name="Done").tap()
    expect(page.get_by_role("heading", name="Done")).to_be_in_viewport(ratio=1)
    expect(page.get_by_test_id("task-panel")).to_have_count(0)
    tabs.get_by_role("button", name="Not Started").tap()
    board.expect_names(TO_DO, [f"Task {number}" for number in range(1, 13)])
    board.card(tasks[5]).get_by_role("link").tap()
    expect(page.get_by_test_id("task-panel")).to_be_visible()
