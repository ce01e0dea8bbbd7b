"""Every page and dialog in light and dark for axe, and on a phone, where nothing may stick out."""

from collections.abc import Callable, Iterable
from typing import Literal, get_args

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.e2e import scenes
from tests.e2e.axe import check_axe
from tests.e2e.people import Api
from tests.e2e.scenes import Scene, Stage
from tests.stack import Stack

pytestmark = pytest.mark.browser

Window = Callable[..., Page]
Scheme = Literal["light", "dark"]
TABLET: ViewportSize = {"width": 768, "height": 1024}
PHONE: ViewportSize = {"width": 360, "height": 740}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("part", [scenes.strangers, scenes.boards, scenes.other_pages])
def test_axe_finds_nothing_and_nothing_sticks_out(
    window: Window, stack: Stack, ana: Api, part: Callable[[Api, Api], Iterable[Scene]]
) -> None:
    stage = Stage(window)
    problems = []
    for scene in part(ana, Api(stack, "demo")):
        try:
            with stage.showing(scene) as page:
                for scheme in get_args(Scheme):
                    page.emulate_media(color_scheme=scheme)
                    check_axe(page)
                for size in (TABLET, PHONE):
                    page.set_viewport_size(size)
                    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        except Exception as error:
            problems.append(f"{scene.name}: {str(error)[:600]}")
    assert not problems, "\n".join(problems)
