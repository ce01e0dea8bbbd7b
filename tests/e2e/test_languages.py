"""The client in German, and pages that are written from right to left."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import check_axe
from tests.e2e.boards import BoardPage
from tests.e2e.people import Api

pytestmark = pytest.mark.browser

Window = Callable[..., Page]


def test_german_browser_gets_german_texts_and_dates(
    window: Window, ana: Api, sprint: dict[str, Any]
) -> None:
    task = ana.new_task("Blumen gießen", sprint, points=1)
    page = window("ana", f"/sprints/{sprint['id']}", locale="de-DE")
    board = BoardPage(page).wait_until_live()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", name="Nicht begonnen")).to_be_visible()
    expect(page.get_by_text("0 von 1 Punkt erledigt")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^bis \d{1,2}\. [A-Z]"))).to_be_visible()
    board.card(task).get_by_role("button", name="Menü von").click(force=True)
    page.get_by_role("menuitem", name="Löschen").click()
    expect(board.toast()).to_contain_text("Blumen gießen gelöscht")
    check_axe(page)


def test_board_reads_from_right_to_left(window: Window, ana: Api, sprint: dict[str, Any]) -> None:
    for name in ("لوحة العمل 📋", "משימה ראשונה", "Left to right"):
        ana.new_task(name, sprint, points=3)
    page = window("ana", f"/sprints/{sprint['id']}")
    BoardPage(page).wait_until_live()
    page.evaluate("document.documentElement.dir = 'rtl'")
    first, last = (page.get_by_test_id(f"column-{key}").bounding_box() for key in (1, 4))
    assert first
    assert last
    assert first["x"] > last["x"]
    home = page.get_by_role("link", name="Sprintwall, your sprints").bounding_box()
    assert home
    assert home["x"] > 1_300
    arabic = page.get_by_text("لوحة العمل 📋")
    assert arabic.evaluate("(name) => getComputedStyle(name).direction") == "rtl"
    latin = page.get_by_text("Left to right")
    assert latin.evaluate("(name) => getComputedStyle(name).direction") == "ltr"
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width == 1440
