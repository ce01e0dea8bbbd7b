"""Taking back what one has done, beside somebody who works on the same board."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.boards import DONE, IN_PROGRESS, TESTING, TO_DO, Pair, expect_everywhere
from tests.e2e.people import Api

pytestmark = pytest.mark.browser


def test_moves_and_edits_are_undone_and_done_again(pair: Pair, tasks: list[Any]) -> None:
    one, _ = pair
    one.drag(tasks[0], one.column(IN_PROGRESS))
    expect(one.toast()).to_contain_text("to In Progress")
    one.toast().get_by_role("button", name="Undo").click()
    expect_everywhere(pair, TO_DO, ["Alpha", "Beta", "Gamma"])
    expect(one.toast()).to_have_count(1)
    one.toast().get_by_role("button", name="Redo").click()
    expect_everywhere(pair, IN_PROGRESS, ["Alpha"])

    panel = one.open(tasks[1])
    panel.get_by_label("Name").fill("Renamed")
    panel.get_by_label("Name").press("Tab")
    expect_everywhere(pair, TO_DO, ["Renamed", "Gamma"])
    panel.get_by_role("button", name="Close the task").click()
    keys = one.page.keyboard
    keys.press("Control+z")
    expect_everywhere(pair, TO_DO, ["Beta", "Gamma"])
    keys.press("Control+z")
    expect_everywhere(pair, TO_DO, ["Alpha", "Beta", "Gamma"])
    keys.press("Control+Shift+z")
    expect_everywhere(pair, IN_PROGRESS, ["Alpha"])
    keys.press("Control+y")
    expect_everywhere(pair, TO_DO, ["Renamed", "Gamma"])


def test_keys_in_a_text_field_are_the_browsers_own(pair: Pair, tasks: list[Any]) -> None:
    one, other = pair
    one.choose(tasks[0], "Move to Testing")
    expect_everywhere(pair, TESTING, ["Alpha"])
    panel = one.open(tasks[0])
    panel.get_by_label("Name").press_sequentially(" and more")
    one.page.keyboard.press("Control+z")
    expect(panel.get_by_label("Name")).not_to_have_value("Alpha and more")
    other.expect_names(TESTING, ["Alpha"])


def test_deleted_task_comes_back(pair: Pair, tasks: list[Any]) -> None:
    one, _ = pair
    panel = one.open(tasks[1])
    panel.get_by_role("button", name="Delete task").click()
    expect(panel).to_have_count(0)
    expect_everywhere(pair, TO_DO, ["Alpha", "Gamma"])
    expect(one.card(tasks[2]).get_by_role("link")).to_be_focused()
    one.toast().get_by_role("button", name="Undo").click()
    expect_everywhere(pair, TO_DO, ["Alpha", "Beta", "Gamma"])
    one.choose(tasks[2], "Delete")
    expect_everywhere(pair, TO_DO, ["Alpha", "Beta"])
    expect(one.card(tasks[1]).get_by_role("link")).to_be_focused()
    one.page.keyboard.press("Control+z")
    expect_everywhere(pair, TO_DO, ["Alpha", "Beta", "Gamma"])


def test_what_another_changed_since_stays_and_is_told(
    pair: Pair, tasks: list[Any], ben: Api
) -> None:
    one, _ = pair
    one.choose(tasks[0], "Move to Testing")
    expect_everywhere(pair, TESTING, ["Alpha"])
    assert ben.move(tasks[0]["id"], status=DONE).ok
    expect_everywhere(pair, DONE, ["Alpha"])
    one.page.keyboard.press("Control+z")
    expect(one.toast()).to_contain_text("Ben Okafor moved it to Done since.")
    expect_everywhere(pair, DONE, ["Alpha"])


def test_what_waits_for_the_server_is_given_up(pair: Pair, tasks: list[Any]) -> None:
    one, other = pair
    one.page.route("**/api/**", lambda route: route.abort())
    one.choose(tasks[0], "Move to Testing")
    expect(one.toast()).to_contain_text("to be sent when the server is back")
    one.choose(tasks[1], "Move to Done")
    one.expect_names(DONE, ["Beta"])
    one.page.keyboard.press("Control+z")
    one.expect_names(DONE, [])
    one.page.keyboard.press("Control+z")
    expect(one.toast()).to_contain_text("To be undone when the server is back")
    one.page.unroute("**/api/**")
    expect(one.toast()).to_contain_text("Undone: Moved")
    expect_everywhere(pair, TO_DO, ["Alpha", "Beta", "Gamma"])
    other.expect_names(TESTING, [])
