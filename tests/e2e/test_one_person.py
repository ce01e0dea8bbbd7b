"""One person at the client: every page, by mouse, keyboard, on a phone, and when things fail."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.e2e.axe import check_axe
from tests.e2e.boards import DONE, TESTING, TO_DO, BoardPage
from tests.e2e.people import Api

pytestmark = pytest.mark.browser

Window = Callable[..., Page]


def board_of(window: Window, username: str, sprint: Any, **options: Any) -> BoardPage:
    return BoardPage(window(username, f"/sprints/{sprint['id']}", **options)).wait_until_live()


# Signing in and out


def test_link_to_a_task_leads_there_after_signing_in(window: Window, ana: Api, sprint: Any) -> None:
    task = ana.new_task("Linked", sprint)
    page = window(None, f"/sprints/{sprint['id']}/tasks/{task['id']}")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill("test")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("task-panel").get_by_label("Name")).to_have_value("Linked")


def test_signing_out_ends_the_session(window: Window) -> None:
    page = window("ana")
    page.get_by_role("button", name="Your menu").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.goto("/projects/1")
    expect(page.get_by_label("Password")).to_be_visible()


# Sprints


def test_sprints_are_listed_and_one_is_created(window: Window, ana: Api) -> None:
    page = window("ana")
    for heading in ("Current sprint", "Coming up", "Past"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.get_by_role("button", name="New sprint").click()
    end = timezone.now().date() + timedelta(days=900)
    page.get_by_label("Name").fill("Far away")
    page.get_by_label("Last day").fill((timezone.now() - timedelta(days=3)).date().isoformat())
    page.get_by_role("button", name="Create sprint").click()
    expect(page.get_by_text("End date cannot be in the past.")).to_be_visible()
    page.get_by_label("Last day").fill(end.isoformat())
    page.get_by_role("button", name="Create sprint").click()
    expect(page.get_by_text("Far away").first).to_be_visible()
    made = ana.get(f"/sprints/?end_min={end.isoformat()}")["results"][0]
    ana.delete(made["links"]["self"])


def test_list_shows_a_new_sprint_when_it_is_loaded_again(window: Window, ana: Api) -> None:
    page = window("ben", "/projects/1")
    expect(page.get_by_role("heading", name="Coming up")).to_be_visible()
    sprint = ana.new_sprint("Came by itself")
    page.reload()
    expect(page.get_by_text("Came by itself")).to_be_visible()
    ana.delete(sprint["links"]["self"])


# The board without a mouse, on a phone, and for viewers


def test_card_is_moved_by_keyboard_alone_and_undone(window: Window, ana: Api, sprint: Any) -> None:
    task = ana.new_task("Keyboard", sprint)
    board = board_of(window, "ana", sprint)
    board.choose(task, "Move to Testing")
    board.expect_names(TESTING, ["Keyboard"])
    expect(board.page.get_by_test_id("announcer")).to_contain_text("Testing")
    board.toast().get_by_role("button", name="Undo").click()
    board.expect_names(TO_DO, ["Keyboard"])


def test_task_opens_and_closes_by_keyboard_with_its_own_url(
    window: Window, ana: Api, sprint: Any
) -> None:
    task = ana.new_task("Opened", sprint)
    board = board_of(window, "ana", sprint)
    board.card(task).get_by_role("link").focus()
    board.page.keyboard.press("Enter")
    expect(board.page).to_have_url(re.compile(f"/sprints/{sprint['id']}/tasks/{task['id']}$"))
    expect(board.page.get_by_test_id("task-panel").get_by_label("Name")).to_have_value("Opened")
    board.page.keyboard.press("Escape")
    expect(board.page.get_by_test_id("task-panel")).to_have_count(0)
    board.page.go_back()
    expect(board.page.get_by_test_id("task-panel")).to_be_visible()


def test_filter_leaves_matching_cards(window: Window, ana: Api, sprint: Any) -> None:
    for name in ("Red door", "Blue door", "Window"):
        ana.new_task(name, sprint)
    board = board_of(window, "ana", sprint)
    board.page.get_by_role("searchbox").fill("door")
    board.expect_names(TO_DO, ["Red door", "Blue door"])


def test_phone_shows_the_board_and_a_task_full_screen(
    window: Window, ana: Api, sprint: Any
) -> None:
    task = ana.new_task("On a phone", sprint)
    size = {"width": 360, "height": 740}
    board = board_of(window, "ana", sprint, viewport=size, has_touch=True, is_mobile=True)
    width = board.page.evaluate("document.documentElement.scrollWidth")
    assert width == size["width"]
    panel = board.open(task)
    box = panel.bounding_box()
    assert box
    assert round(box["width"]) == size["width"]


def test_viewer_looks_on_without_writing_controls(
    window: Window, stack: Any, ana: Api, sprint: Any
) -> None:
    task = ana.new_task("Look at me", sprint)
    demo = Api(stack, "demo")
    membership = next(m for m in demo.get("/memberships/")["results"] if m["user"] == "chloe")
    demo.patch(membership["links"]["self"], role="viewer")
    try:
        board = board_of(window, "chloe", sprint)
        expect(board.page.get_by_text("View only")).to_be_visible()
        expect(board.page.get_by_role("button", name="Add task")).to_have_count(0)
        expect(board.card(task).get_by_role("button")).to_have_count(0)
        ana.move(task["id"], status=DONE)
        board.expect_names(DONE, ["Look at me"])
    finally:
        demo.patch(membership["links"]["self"], role="member")


# When things fail


@pytest.mark.parametrize("path", ["/sprints/987654", "/nothing", "/projects/987654"])
def test_missing_things_have_a_page_of_their_own(window: Window, path: str) -> None:
    page = window("ana", path)
    expect(page.get_by_role("heading", level=1)).to_contain_text(
        re.compile("no page here|no such", re.I)
    )
    page.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_refused_move_is_put_back_with_the_reason(window: Window, ana: Api, sprint: Any) -> None:
    task = ana.new_task("Stays", sprint)
    board = board_of(window, "ana", sprint)
    board.page.route(
        "**/move/",
        lambda route: route.fulfill(status=400, json={"detail": "Not like that."}),
    )
    board.drag(task, board.column(TESTING))
    expect(board.toast()).to_contain_text("put back")
    expect(board.toast()).to_contain_text("Not like that.")
    board.expect_names(TO_DO, ["Stays"])


def test_server_error_is_told_in_words_and_can_be_tried_again(window: Window, sprint: Any) -> None:
    page = window("ana", "/projects/1")
    page.route("**/board/", lambda route: route.fulfill(status=500, body="oops"))
    page.goto(f"/sprints/{sprint['id']}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("wrong")
    page.unroute("**/board/")
    page.get_by_role("button", name="Try again").click()
    BoardPage(page).wait_until_live()


def test_offline_is_shown_and_missed_changes_come_when_back(
    window: Window, ana: Api, sprint: Any
) -> None:
    task = ana.new_task("Missed", sprint)
    board = board_of(window, "ben", sprint)
    board.page.context.set_offline(True)
    expect(board.page.get_by_test_id("live-state")).to_have_attribute(
        "data-state", "offline", timeout=60_000
    )
    ana.move(task["id"], status=TESTING)
    board.page.context.set_offline(False)
    board.wait_until_live().expect_names(TESTING, ["Missed"])


# Accessibility and security of every page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(window: Window, ana: Api, scheme: str) -> None:
    current = ana.get("/sprints/?search=Sprint 12")["results"][0]["id"]
    task = ana.get(f"/tasks/?sprint={current}")["results"][0]["id"]
    page = window(None, "/sign-in", color_scheme=scheme)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    check_axe(page)
    options = {"color_scheme": scheme, "reduced_motion": "reduce"}
    board = BoardPage(window("ana", f"/sprints/{current}", **options)).wait_until_live()
    check_axe(board.page)
    board.page.goto(f"/sprints/{current}/tasks/{task}")
    expect(board.page.get_by_test_id("task-panel").get_by_label("Name")).to_be_visible()
    check_axe(board.page)
    for path in ("/projects/1", "/nothing"):
        board.page.goto(path)
        expect(board.page.get_by_role("heading", level=1)).to_be_visible()
        check_axe(board.page)
    board.page.goto("/projects/1")
    board.page.get_by_role("button", name="New sprint").click()
    expect(board.page.get_by_role("dialog")).to_be_visible()
    check_axe(board.page)


def test_markdown_runs_no_script(window: Window, ana: Api, sprint: Any) -> None:
    evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>[x](javascript:1)'
    task = ana.new_task('<b onclick="1">Name</b>', sprint, description=evil)
    page = window("ben", f"/sprints/{sprint['id']}/tasks/{task['id']}")
    expect(page.get_by_test_id("task-panel").get_by_label("Name")).to_have_value(
        '<b onclick="1">Name</b>'
    )
    assert page.evaluate("window.hacked") is None
    assert page.locator('[href^="javascript"]').count() == 0
