"""Labels and limits of a project: made in its settings, seen on an open board."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.accounts import panel
from tests.e2e.axe import check_axe
from tests.e2e.boards import BoardPage
from tests.e2e.people import Api
from tests.stack import Stack

pytestmark = pytest.mark.browser


def colour_of(chip: Locator) -> str:
    return str(chip.evaluate("chip => getComputedStyle(chip).backgroundColor"))


def test_labels_and_limits_are_set_in_the_settings_and_reach_open_boards(
    window: Callable[..., Page], stack: Stack
) -> None:
    demo = Api(stack, "demo")
    sprint = demo.new_sprint()
    project = sprint["project"]
    page, board = window("demo"), window("ana", f"/sprints/{sprint['id']}")
    BoardPage(board).wait_until_live()
    page.goto(f"/projects/{project}/settings")
    labels = panel(page, "Labels")

    labels.get_by_role("button", name="New label").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("עברית 🐛")
    dialog.get_by_text("Violet").click()
    check_axe(page)
    dialog.get_by_role("button", name="Add it").click()
    chip = labels.get_by_text("עברית 🐛", exact=True)
    expect(chip).to_be_visible()

    made = demo.get(f"/labels/?project={project}&search=עברית")["results"][0]
    task: Any = demo.new_task("Carries it", sprint, labels=[made["id"]])
    card = board.locator(f'[data-task-id="{task["id"]}"]')
    expect(card).to_contain_text("עברית 🐛")

    before = colour_of(chip)
    labels.get_by_role("button", name="Change עברית 🐛").click()
    dialog.get_by_label("Name").fill("Bug of the browser")
    dialog.get_by_text("Red", exact=True).click()
    dialog.get_by_role("button", name="Save").click()
    chip = labels.get_by_text("Bug of the browser", exact=True)
    expect(chip).to_be_visible()
    assert colour_of(chip) != before
    expect(card).to_contain_text("Bug of the browser")

    labels.get_by_role("button", name="New label").click()
    dialog.get_by_label("Name").fill("BUG OF THE BROWSER")
    dialog.get_by_role("button", name="Add it").click()
    expect(dialog.get_by_role("alert").first).to_contain_text("label of that name already")
    dialog.get_by_role("button", name="Cancel").click()

    limits = panel(page, "Work in progress limits")
    limits.get_by_label("Done").fill("none")
    limits.get_by_role("button", name="Save limits").click()
    expect(limits.get_by_text("The limit of Done must be a number")).to_be_visible()
    check_axe(page)
    limits.get_by_label("Done").fill("7")
    limits.get_by_role("button", name="Save limits").click()
    expect(limits.get_by_text("must be a number")).to_be_hidden()
    expect(board.get_by_role("region", name=re.compile("Done"))).to_contain_text("7")

    labels.get_by_role("button", name="Delete Bug of the browser").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("It is taken off one card.")
    question.get_by_role("button", name="Delete").click()
    expect(chip).to_be_hidden()
    expect(card).not_to_contain_text("Bug of the browser")
    demo.patch(f"/projects/{project}/", wip_limits={"4": None})
    page.emulate_media(color_scheme="dark")
    check_axe(page)
