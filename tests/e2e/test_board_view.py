"""What of a board is shown and how: filters, rows, limits, folded columns, density."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import check_axe
from tests.e2e.boards import IN_PROGRESS, TESTING, TO_DO, BoardPage
from tests.e2e.people import Api
from tests.e2e.touch import PHONE
from tests.servers import wait_until

pytestmark = pytest.mark.browser

Window = Callable[..., Page]


def board_of(window: Window, sprint: Any, query: str = "", **options: Any) -> BoardPage:
    page = window("ana", f"/sprints/{sprint['id']}{query}", **options)
    return BoardPage(page).wait_until_live()


def choose(page: Page, menu: str, item: str) -> None:
    page.get_by_role("button", name=menu).click()
    page.get_by_role("menu").get_by_text(item, exact=True).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)


def query_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def strip(page: Page) -> Locator:
    return page.get_by_role("region", name="Filter")


def test_filters_stand_in_the_address_and_add_up(window: Window, ana: Api, sprint: Any) -> None:
    ana.new_task("Red door", sprint, assigned="ana")
    late = ana.new_task("Blue door", sprint, assigned="ana", due="2020-01-01")
    ana.new_task("Window", sprint, assigned="ben", due="2020-01-01")
    board = board_of(window, sprint)
    page = board.page
    choose(page, "Filter by", "Me")
    board.expect_names(TO_DO, ["Red door", "Blue door"])
    choose(page, "Filter by", "Overdue")
    board.expect_names(TO_DO, ["Blue door"])
    page.get_by_role("searchbox").fill("door")
    expect(page).to_have_url(re.compile("q=door"))
    assert query_of(page) == {"who": ["me"], "due": ["overdue"], "q": ["door"]}
    expect(strip(page)).to_contain_text(re.compile(r"1 of \d+ tasks"))

    board.open(late)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("task-panel")).to_have_count(0)
    board.expect_names(TO_DO, ["Blue door"])
    shared = window("ben", page.url.removeprefix(page.url.split("/sprints")[0]))
    expect(strip(shared)).to_contain_text("No task matches")

    page.get_by_role("button", name="“door”, remove this filter").click()
    page.get_by_role("button", name="Overdue, remove this filter").click()
    board.expect_names(TO_DO, ["Red door", "Blue door"])
    page.go_back()
    board.expect_names(TO_DO, ["Blue door"])
    strip(page).get_by_role("button", name="Clear").click()
    board.expect_names(TO_DO, ["Red door", "Blue door", "Window"])
    expect(strip(page)).to_have_count(0)


def place_of(api: Api, task: Any) -> tuple[str, int]:
    shown = api.get(f"/tasks/{task['id']}/")
    return shown["assigned"], shown["status"]


def test_card_goes_to_another_person_by_another_row(window: Window, ana: Api, sprint: Any) -> None:
    task = ana.new_task("Handed over", sprint, assigned="ana")
    board = board_of(window, sprint)
    page = board.page
    choose(page, "Rows and density", "By person")
    expect(page).to_have_url(re.compile("lanes=who"))
    lane = page.get_by_test_id("lane-ben")
    board.drag(task, lane.locator(f'[data-column="{TESTING}"]'))
    expect(lane.locator(f'[data-cards="{TESTING} ben"]').get_by_test_id("card")).to_have_count(1)
    wait_until(lambda: place_of(ana, task) == ("ben", TESTING))

    lane.get_by_role("button", name="Ben Okafor").click()
    expect(board.card(task)).to_have_count(0)
    page.reload()
    button = page.get_by_test_id("lane-ben").get_by_role("button", name="Ben Okafor")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    expect(board.card(task)).to_be_visible()


def test_card_stays_in_its_row_by_label(window: Window, ana: Api, sprint: Any) -> None:
    bug, idea = (ana.post("/labels/", name=name, colour="red") for name in ("A bug", "An idea"))
    try:
        first = ana.new_task("First", sprint, labels=[bug["id"]])
        ana.new_task("Second", sprint, labels=[idea["id"]])
        board = board_of(window, sprint, "?lanes=label")
        expect(board.card(first)).to_contain_text("A bug")
        row = board.page.get_by_test_id(f"lane-{idea['id']}")
        board.drag(first, row.locator(f'[data-column="{IN_PROGRESS}"]'))
        expect(board.toast()).to_contain_text("labels are changed in the task")
        row = board.page.get_by_test_id(f"lane-{bug['id']}")
        board.drag(first, row.locator(f'[data-column="{IN_PROGRESS}"]'))
        expect(row.locator(f'[data-cards^="{IN_PROGRESS} "]').get_by_role("link")).to_have_text(
            "First"
        )
        board = board_of(window, sprint, f"?label={idea['id']}")
        board.expect_names(TO_DO, ["Second"])
    finally:
        for label in (bug, idea):
            ana.delete(label["links"]["self"])


def test_column_warns_over_its_limit_and_stays_folded(
    window: Window, ana: Api, stack: Any, sprint: Any
) -> None:
    demo = Api(stack, "demo")
    project = f"/projects/{sprint['project']}/"
    tasks = [ana.new_task(f"Task {number}", sprint, status=TESTING) for number in (1, 2)]
    demo.patch(project, wip_limits={str(TESTING): 1})
    try:
        board = board_of(window, sprint)
        column = board.column(TESTING)
        expect(column.locator("header")).to_contain_text("2 of 1")
        expect(column).to_contain_text("1 over the limit of 1")
        ana.move(tasks[0]["id"], status=TO_DO)
        expect(column).not_to_contain_text("over the limit")

        column.get_by_role("button", name="Fold Testing away").click()
        expect(board.card(tasks[1])).not_to_be_visible()
        board.page.reload()
        board.wait_until_live()
        expect(board.card(tasks[1])).not_to_be_visible()
        column.get_by_role("button", name="Unfold Testing").click()
        expect(board.card(tasks[1])).to_be_visible()
    finally:
        demo.patch(project, wip_limits={str(TESTING): None})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_views_are_accessible_on_phones_and_wide_screens(
    window: Window, ana: Api, stack: Any, sprint: Any, scheme: str
) -> None:
    demo = Api(stack, "demo")
    project = f"/projects/{sprint['project']}/"
    label = ana.post("/labels/", name="Accessible", colour="yellow")
    fields = {"labels": [label["id"]], "is_blocked": True, "due": "2020-01-01", "points": 3}
    for name in ("One", "Two"):
        ana.new_task(name, sprint, assigned="ana", **fields)
    demo.patch(project, wip_limits={str(TO_DO): 1})
    options = {"color_scheme": scheme, "reduced_motion": "reduce"}
    try:
        board = board_of(window, sprint, "?who=me", **options)
        check_axe(board.page)
        choose(board.page, "Rows and density", "Compact")
        expect(board.page.locator("html")).to_have_attribute("data-density", "compact")
        check_axe(board.page)
        choose(board.page, "Rows and density", "By person")
        expect(board.page.get_by_test_id("lane-ana")).to_be_visible()
        check_axe(board.page)
        board.page.get_by_role("button", name="Filter by").click()
        expect(board.page.get_by_role("menu")).to_be_visible()
        check_axe(board.page)
        phone = board_of(window, sprint, "?due=overdue", **PHONE, **options)
        check_axe(phone.page)
    finally:
        demo.patch(project, wip_limits={str(TO_DO): None})
        ana.delete(label["links"]["self"])
