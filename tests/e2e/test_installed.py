"""The service worker: boards open without a network, and a new release takes over by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import check_axe
from tests.e2e.boards import IN_PROGRESS, BoardPage
from tests.e2e.lines import kept_boards
from tests.e2e.people import Api
from tests.servers import wait_until

pytestmark = pytest.mark.browser

Window = Callable[..., Page]


def test_last_board_opens_without_a_network(window: Window, ana: Api, sprint: Any) -> None:
    task = ana.new_task("Read me anywhere", sprint)
    page = window("ana", f"/sprints/{sprint['id']}", service_workers="allow")
    board = BoardPage(page).wait_until_live()
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    wait_until(lambda: kept_boards(page) == 1)

    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_test_id("live-state")).to_have_attribute("data-state", "offline")
    expect(page.get_by_text("Read me anywhere")).to_be_visible()
    board.choose(task, "Move to In Progress")
    page.goto("/")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    check_axe(page)
    page.get_by_role("link", name=sprint["title"]).click()
    board.expect_names(IN_PROGRESS, ["Read me anywhere"])
    assert page.evaluate("fetch('/api/me/').catch(() => 'no answer')") == "no answer"

    page.context.set_offline(False)
    page.reload()
    board.wait_until_live()
    wait_until(lambda: ana.column(sprint, IN_PROGRESS) == [task["id"]])


def test_next_page_after_a_new_release_comes_from_the_server(window: Window, sprint: Any) -> None:
    page = window("ana", f"/sprints/{sprint['id']}", service_workers="allow")
    BoardPage(page).wait_until_live()
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.reload()
    page.evaluate("window.isOldRelease = true")
    page.get_by_role("link", name="Sprintwall, your sprints").click()
    expect(page.get_by_role("heading", name="Current sprint")).to_be_visible()
    assert page.evaluate("window.isOldRelease")
    page.evaluate("navigator.serviceWorker.dispatchEvent(new Event('controllerchange'))")
    page.get_by_role("link", name=sprint["title"]).click()
    BoardPage(page).wait_until_live()
    assert page.evaluate("window.isOldRelease") is None
