"""The whole board by keyboard alone, and what screen readers are told of it, wide and narrow."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.boards import DONE, IN_PROGRESS, TESTING, TO_DO, BoardPage
from tests.e2e.people import Api

pytestmark = pytest.mark.browser

Window = Callable[..., Page]

SIZES = [{"width": 1440, "height": 900}, {"width": 360, "height": 740}]


@pytest.fixture(params=SIZES, ids=["wide", "narrow"])
def board(request: pytest.FixtureRequest, window: Window, sprint: Any) -> BoardPage:
    page = window("ana", f"/sprints/{sprint['id']}", viewport=request.param)
    return BoardPage(page).wait_until_live()


def press(board: BoardPage, *keys: str) -> None:
    for key in keys:
        board.page.keyboard.press(key)


def link(board: BoardPage, task: Any) -> Locator:
    return board.card(task).get_by_role("link")


def told(board: BoardPage) -> Locator:
    return board.page.get_by_test_id("announcer")


def test_cards_are_walked_carried_and_edited_by_keys(
    board: BoardPage, ana: Api, sprint: Any
) -> None:
    one, two, three = (ana.new_task(name, sprint) for name in ("One", "Two", "Three"))
    far = ana.new_task("Far", sprint, status=DONE)
    board.expect_names(TO_DO, ["One", "Two", "Three"])
    board.expect_names(DONE, ["Far"])

    # Walking
    link(board, one).focus()
    press(board, "ArrowDown", "ArrowDown", "ArrowDown")
    expect(link(board, three)).to_be_focused()
    press(board, "ArrowRight")
    expect(link(board, far)).to_be_focused()
    press(board, "ArrowLeft", "Home")
    expect(link(board, one)).to_be_focused()
    press(board, "End")
    expect(link(board, three)).to_be_focused()

    # Carrying, and putting back
    press(board, "Space")
    expect(told(board)).to_contain_text(f"Picked up {three['key']}, 3 of 3 in Not Started")
    expect(board.card(three)).to_have_attribute("data-carried", "true")
    press(board, "ArrowUp")
    board.expect_names(TO_DO, ["One", "Three", "Two"])
    press(board, "ArrowRight", "ArrowRight")
    board.expect_names(TESTING, ["Three"])
    expect(told(board)).to_have_text("1 of 1 in Testing")
    expect(link(board, three)).to_be_focused()
    press(board, "Escape")
    board.expect_names(TO_DO, ["One", "Two", "Three"])
    expect(link(board, three)).to_be_focused()
    expect(told(board)).to_have_text(f"Put {three['key']} back to Not Started")

    # Dropping
    press(board, "Space", "ArrowRight", "Enter")
    board.expect_names(IN_PROGRESS, ["Three"])
    expect(told(board)).to_contain_text(f"Moved {three['key']} to In Progress")
    expect(link(board, three)).to_be_focused()
    assert ana.column(sprint, IN_PROGRESS) == [three["id"]]

    # A new task where the focus is
    press(board, "n")
    board.page.keyboard.type("Four")
    press(board, "Enter")
    board.expect_names(IN_PROGRESS, ["Three", "Four"])
    press(board, "Escape")

    # Editing
    link(board, two).focus()
    press(board, "e")
    name = board.page.get_by_test_id("task-panel").get_by_label("Name")
    expect(name).to_be_focused()
    press(board, "End")
    board.page.keyboard.type(" and a half")
    press(board, "Enter", "Escape")
    expect(board.page.get_by_test_id("task-panel")).to_have_count(0)
    expect(link(board, two)).to_have_text("Two and a half")
    expect(link(board, two)).to_be_focused()

    # The menu
    press(board, "m")
    expect(board.page.get_by_role("menuitem", name="Move to Testing")).to_be_visible()
    press(board, "Escape")

    # The filter
    press(board, "/")
    expect(board.page.get_by_role("searchbox")).to_be_focused()
    board.page.keyboard.type("half")
    board.expect_names(TO_DO, ["Two and a half"])


def test_focus_and_a_carried_card_survive_what_others_do(
    board: BoardPage, ana: Api, ben: Api, sprint: Any
) -> None:
    one, two, three = (ana.new_task(name, sprint) for name in ("One", "Two", "Three"))
    board.expect_names(TO_DO, ["One", "Two", "Three"])
    overheard = board.page.get_by_test_id("announcer-others")

    link(board, two).focus()
    assert ben.move(two["id"], sprint=sprint["id"], status=TESTING).ok
    board.expect_names(TESTING, ["Two"])
    expect(link(board, two)).to_be_focused()
    expect(overheard).to_have_text(f"Ben Okafor moved {two['key']} Two to Testing")

    link(board, one).focus()
    press(board, "Space", "ArrowRight")
    board.expect_names(IN_PROGRESS, ["One"])
    for status in (DONE, TESTING):
        assert ben.move(three["id"], sprint=sprint["id"], status=status).ok
    ben.patch(f"/tasks/{one['id']}/", points=5)
    board.expect_names(TESTING, ["Two", "Three"])
    expect(overheard).to_have_text("Ben Okafor made 3 changes")
    expect(board.card(one)).to_have_attribute("data-carried", "true")
    expect(link(board, one)).to_be_focused()
    press(board, "Enter")
    expect(told(board)).to_contain_text(f"Moved {one['key']} to In Progress")

    link(board, two).focus()
    ben.delete(f"/tasks/{two['id']}/")
    board.expect_names(TESTING, ["Three"])
    expect(link(board, three)).to_be_focused()
    expect(told(board)).not_to_contain_text("Ben")
