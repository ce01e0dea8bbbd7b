"""What was done in a project, told in words, a day at a time."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import check_axe
from tests.e2e.people import Api

pytestmark = pytest.mark.browser


def test_two_peoples_day_is_told_in_words(
    window: Callable[..., Page], ana: Api, ben: Api, sprint: dict[str, Any]
) -> None:
    task = ana.new_task("Told in words " + "to the end of the line " * 3, sprint)
    assert ben.move(task["id"], status=2, version=task["version"]).ok
    ben.post("/comments/", task=task["id"], text="Looks good")
    other = ana.new_sprint("Quiet sprint")
    page = window("ana", f"/projects/{sprint['project']}")

    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_role("heading", name="Activity", level=1)).to_be_visible()
    told = page.get_by_test_id("activity")
    expect(told.nth(0)).to_contain_text("Ana Silva created the sprint “Quiet sprint”")
    expect(told.nth(1)).to_contain_text("commented “Looks good”")
    moved = told.filter(has_text=f"moved {task['key']} from Not Started to In Progress")
    expect(moved).to_have_count(1)
    expect(told.filter(has_text=f"added {task['key']}")).to_have_count(1)
    expect(page.get_by_role("button", name="Next day")).to_be_disabled()
    expect(page.get_by_label("Day", exact=True).locator("option").first).to_contain_text("Today")

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        check_axe(page)
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("main").evaluate("main => main.scrollWidth - main.clientWidth") == 0

    page.get_by_label("Sprint", exact=True).select_option(label="Quiet sprint")
    expect(page.get_by_text("Nothing happened in this sprint on this day.")).to_be_visible()
    page.get_by_label("Sprint", exact=True).select_option(str(sprint["id"]))
    expect(told).to_have_count(3)
    page.go_back()
    expect(page.get_by_text("Nothing happened in this sprint")).to_be_visible()
    page.go_forward()

    moved.get_by_role("link").click()
    expect(page.get_by_test_id("task-panel").get_by_label("Name")).to_be_visible()
    ana.delete(other["links"]["self"])


def test_empty_days_lead_to_the_next_with_activity(
    window: Callable[..., Page], sprint: dict[str, Any]
) -> None:
    path = f"/projects/{sprint['project']}/activity"
    page = window("ana", f"{path}?day=2001-01-01")
    expect(page.get_by_text("Nothing happened on this day.")).to_be_visible()
    expect(page.get_by_role("button", name="Previous day")).to_be_disabled()
    page.get_by_role("button", name="Next day").click()
    expect(page.get_by_test_id("activity").first).to_be_visible()
    page.goto(f"{path}?sprint=999999")
    expect(page.get_by_role("heading", name="No such page")).to_be_visible()
