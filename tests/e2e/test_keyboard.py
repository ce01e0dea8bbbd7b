"""The whole board by keyboard alone, and what screen readers are told of it, wide and narrow."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import check_axe
from tests.e2e.boards import DONE, IN_PROGRESS, TESTING, TO_DO, BoardPage
from tests.e2e.people import Api

pytestmark = pytest.mark.browser

Window = Callable[..., Page]

SIZES = {
    "wide": {"width": 1440, "height": 900},
    "tablet": {"width": 768, "height": 1024},
    "narrow": {"width": 360, "height": 740},
}


@pytest.fixture(params=list(SIZES.values()), ids=list(SIZES))
def board(request: pytest.FixtureRequest, window: Window, sprint: Any) -> BoardPage:
    page = window(
        "ana", f"/sprints/{sprint['id']}", viewport=request.param, reduced_motion="reduce"
    )
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


def test_palette_help_and_settings_are_used_by_keys(
    board: BoardPage, ana: Api, sprint: Any
) -> None:
    # A name of its own: the backlog holds what other tests left.
    name = f"Water plant {sprint['id']}"
    task, other = (ana.new_task(title, sprint) for title in (name, "Other"))
    board.expect_names(TO_DO, [name, "Other"])
    page = board.page
    field = page.get_by_role("combobox", name="Search tasks")

    def call(words: str) -> None:
        press(board, "Control+k")
        expect(field).to_be_focused()
        page.keyboard.type(words)

    # A task by its name, sprints, people, and what there is to do
    call(name.lower())
    expect(page.get_by_role("option", selected=True)).to_contain_text(name)
    check_axe(page)
    press(board, "Enter")
    expect(page.get_by_test_id("task-panel").get_by_label("Name")).to_have_value(name)
    press(board, "Escape")
    expect(link(board, task)).to_be_focused()
    call("ben okafor")
    press(board, "Enter")
    expect(page).to_have_url(re.compile("who=ben"))
    call("without a filter")
    press(board, "Enter")
    board.expect_names(TO_DO, [name, "Other"])
    call("new task in test")
    press(board, "Enter")
    expect(page.get_by_label("Name of the new task in Testing")).to_be_focused()
    page.keyboard.type("By palette")
    press(board, "Enter", "Escape")
    board.expect_names(TESTING, ["By palette"])
    call("fold or unfold the backlog")
    press(board, "Enter")
    call("new task in backlog")
    press(board, "Enter")
    expect(page.get_by_label("Name of the new task in Backlog")).to_be_focused()
    page.keyboard.type(f"Unfolded {sprint['id']}")
    press(board, "Enter", "Escape")
    unfolded = board.cards("backlog").filter(has_text=f"Unfolded {sprint['id']}")
    expect(unfolded).to_be_visible()
    call("Sprint 12")
    press(board, "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sprint 12")
    page.go_back()
    board.wait_until_live()

    # Help, which says what the keys do
    link(board, other).focus()
    press(board, "?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("Pick the card up")
    check_axe(page)
    press(board, "Escape")
    expect(link(board, other)).to_be_focused()

    # Settings: without single keys, letters do nothing
    call("settings")
    press(board, "ArrowUp", "ArrowDown", "Enter")
    settings = page.get_by_role("dialog", name="Settings")
    expect(settings).to_be_visible()
    check_axe(page)
    settings.get_by_role("group", name="Shortcuts").get_by_label("Off").focus()
    press(board, "Space")
    settings.get_by_role("group", name="Theme").get_by_label("Dark").focus()
    press(board, "Space")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    check_axe(page)
    press(board, "Escape")
    link(board, other).focus()
    press(board, "n", "?", "/")
    expect(link(board, other)).to_be_focused()
    press(board, "Control+k")
    expect(field).to_be_focused()
    check_axe(page)

    # Away
    page.keyboard.type("sign out")
    press(board, "Enter")
    expect(page).to_have_url(re.compile("/sign-in"))
