"""Takes the pictures of README.md; `make screenshots` runs it, the suite leaves it out by its name.

Two people look at the current sprint of the demo team, and one of them has a card in hand.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from scrum import environment
from tests.e2e.boards import TESTING, BoardPage
from tests.e2e.people import Api

IMAGES = environment.ROOT / "docs" / "images"
SIZE = {"width": 1440, "height": 800}
# Sharp on dense screens, and a third smaller than at twice the size.
SCALE = 1.5

pytestmark = pytest.mark.browser

Window = Callable[..., Page]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_picture_of_the_board_is_taken(window: Window, ana: Api, scheme: str) -> None:
    sprint = next(s for s in ana.get("/sprints/")["results"] if s["name"] == "Sprint 12")
    task = next(
        card
        for card in ana.get(f"/sprints/{sprint['id']}/board/")["tasks"]
        if card["name"] == "Product pages load in one second"
    )
    path = f"/sprints/{sprint['id']}"
    look = {"viewport": SIZE, "device_scale_factor": SCALE, "color_scheme": scheme}
    shown = BoardPage(window("demo", path, **look)).wait_until_live()
    other = BoardPage(window("ana", path)).wait_until_live()
    expect(shown.people()).to_have_count(2)
    other.grab(task)
    other.carry_to(other.column(TESTING))
    expect(shown.card(task)).to_have_attribute("data-held-by", "ana")
    IMAGES.mkdir(parents=True, exist_ok=True)
    shown.page.mouse.move(0, 0)
    shown.page.screenshot(path=IMAGES / f"board-{scheme}.png", animations="disabled")
    other.page.keyboard.press("Escape")
    other.drop()
