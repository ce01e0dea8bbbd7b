"""The page that says why live updates do not come."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import check_axe
from tests.e2e.boards import BoardPage
from tests.e2e.lines import Line

pytestmark = pytest.mark.browser

Window = Callable[..., Page]


def finding(page: Page, check: str, result: str) -> Locator:
    name = re.compile(f"^{check} ?: {result}$")
    return page.get_by_test_id("finding").filter(has=page.get_by_role("heading", name=name))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_is_well_on_a_phone_too(window: Window, sprint: Any, scheme: str) -> None:
    size = {"width": 360, "height": 740}
    page = window("ana", f"/doctor?sprint={sprint['id']}", color_scheme=scheme, viewport=size)
    expect(finding(page, "Websocket", "well")).to_contain_text("It opens at")
    expect(finding(page, "Clocks", "well")).to_be_visible()
    expect(finding(page, "Server: relay", "well")).to_be_visible(timeout=30_000)
    check_axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]


def test_signs_of_life_end_the_examination(window: Window, sprint: Any) -> None:
    page = window("ana", f"/doctor?sprint={sprint['id']}")
    verdict = page.get_by_test_id("verdict")
    expect(verdict).to_have_text(re.compile("All is well"), timeout=60_000)
    expect(finding(page, "Signs of life", "well")).to_be_visible()


def test_board_that_is_not_live_leads_to_the_reason(window: Window, sprint: Any) -> None:
    page = window("ana", "/nothing")
    line = Line(page)
    page.goto(f"/sprints/{sprint['id']}")
    board = BoardPage(page).wait_until_live()
    line.cut()
    state = board.page.get_by_test_id("live-state")
    expect(state).to_have_attribute("data-state", "offline")
    state.click()
    page.get_by_role("link", name="Why is that?").press("Enter")
    expect(finding(page, "The board's server", "a problem")).to_contain_text("does not answer")
    expect(page.get_by_test_id("verdict")).to_have_text("One thing is wrong.")
    check_axe(page)
    line.mend()
    page.get_by_role("button", name="Look again").press("Enter")
    expect(finding(page, "Websocket", "well")).to_be_visible()
    page.get_by_role("link", name="Back to the board").press("Enter")
    board.wait_until_live()


def test_refused_ticket_is_told_with_its_remedy(window: Window, sprint: Any) -> None:
    page = window("ana", "/nothing")
    page.context.route_web_socket(re.compile("/socket/"), lambda socket: socket.close(code=4401))
    page.goto(f"/doctor?sprint={sprint['id']}")
    expect(finding(page, "Websocket", "a problem")).to_contain_text("WATERCOOLER_SECRET")
