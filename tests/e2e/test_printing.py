"""A sprint on paper: the whole board as lists, and nothing to press."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.boards import DONE, BoardPage
from tests.e2e.people import Api

pytestmark = pytest.mark.browser

Window = Callable[..., Page]


def test_board_prints_as_lists_in_black_on_white(
    window: Window, ana: Api, sprint: dict[str, Any]
) -> None:
    for number in range(60):
        ana.new_task(f"Task {number}", sprint)
    done = ana.new_task("Already done", sprint, points=3)
    assert ana.move(done["id"], status=DONE).status_code == 200
    page = window("ana", f"/sprints/{sprint['id']}", color_scheme="dark")
    BoardPage(page).wait_until_live()
    page.evaluate("window.print = () => (window.isPrinted = true)")
    page.get_by_role("button", name="switch sprint").click()
    page.get_by_role("menuitem", name="Print", exact=True).click()
    page.wait_for_function("window.isPrinted")

    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    paper = page.get_by_test_id("printed")
    expect(paper.get_by_role("heading", name=sprint["title"])).to_be_visible()
    expect(paper.get_by_role("listitem")).to_have_count(61)
    expect(paper).to_contain_text("3 of 3 points done")
    expect(paper.get_by_text("Task 59")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height > 61 * 20, "what does not fit on one page would be cut off"

    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(paper).to_have_count(0)
