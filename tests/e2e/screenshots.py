"""Takes pictures; `make screenshots` runs it, the suite leaves it out by its name.

Those of README.md go to docs/images/, those of every page and state, in light and dark and three
widths, to var/screenshots/, for people to look at.
"""

from collections.abc import Callable, Iterable

import pytest
from playwright.sync_api import Page, expect

from scrum import environment
from tests.e2e import scenes
from tests.e2e.boards import TESTING, BoardPage
from tests.e2e.people import Api
from tests.e2e.scenes import Scene, Stage
from tests.stack import Stack

IMAGES = environment.ROOT / "docs" / "images"
GALLERY = environment.ROOT / "var" / "screenshots"
HEIGHTS = {1440: 900, 768: 1024, 360: 740}
SIZE = {"width": 1440, "height": 800}
# Sharp on dense screens, and a third smaller than at twice the size.
SCALE = 1.5

pytestmark = pytest.mark.browser

Window = Callable[..., Page]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_of_the_readme_are_taken(window: Window, ana: Api, scheme: str) -> None:
    """Two people look at the demo team's sprint: one has a card in hand, the other opens one."""
    sprint = scenes.current_sprint(ana)
    tasks = {task["name"]: task for task in ana.get(f"/sprints/{sprint['id']}/board/")["tasks"]}
    path = f"/sprints/{sprint['id']}"
    look = {"viewport": SIZE, "device_scale_factor": SCALE, "color_scheme": scheme}
    shown = BoardPage(window("demo", path, **look)).wait_until_live()
    other = BoardPage(window("ana", path)).wait_until_live()
    expect(shown.people()).to_have_count(2)
    held = tasks["Product pages load in one second"]
    other.grab(held)
    other.carry_to(other.column(TESTING))
    expect(shown.card(held)).to_have_attribute("data-held-by", "ana")
    shown.page.mouse.move(0, 0)
    take(shown.page, f"board-{scheme}")
    other.page.keyboard.press("Escape")
    other.drop()
    panel = shown.open(tasks["Search that forgives typing errors"])
    expect(panel.get_by_test_id("comment").first).to_be_visible()
    take(shown.page, f"task-{scheme}")


def take(page: Page, name: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", [scenes.strangers, scenes.boards, scenes.other_pages])
def test_every_page_is_taken(
    window: Window, stack: Stack, ana: Api, part: Callable[[Api, Api], Iterable[Scene]]
) -> None:
    GALLERY.mkdir(parents=True, exist_ok=True)
    stage = Stage(window)
    for scene in part(ana, Api(stack, "demo")):
        with stage.showing(scene) as page:
            for width, height in HEIGHTS.items():
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme="light")
                page.screenshot(path=GALLERY / f"{scene.name}-{width}-light.png")
                page.emulate_media(color_scheme="dark")
                page.screenshot(path=GALLERY / f"{scene.name}-{width}-dark.png")
