"""Working on while the server is away: nothing lost, nothing twice, nobody overrun."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.axe import check_axe
from tests.e2e.boards import DONE, IN_PROGRESS, TESTING, TO_DO, BoardPage
from tests.e2e.lines import Line, kept_boards
from tests.e2e.people import Api
from tests.servers import wait_until

pytestmark = pytest.mark.browser

Window = Callable[..., Page]
NAMES = ("Alpha", "Beta", "Gamma", "Delta")


@pytest.fixture
def tasks(ana: Api, sprint: dict[str, Any]) -> list[Any]:
    return [ana.new_task(name, sprint) for name in NAMES]


def board_on_a_line(window: Window, sprint: Any) -> tuple[BoardPage, Line]:
    """Ana's board, live, on a line that can be cut."""
    page = window("ana", "/nothing")
    line = Line(page)
    page.goto(f"/sprints/{sprint['id']}")
    return BoardPage(page).wait_until_live(), line


def expect_offline(board: BoardPage) -> None:
    expect(board.page.get_by_test_id("live-state")).to_have_attribute("data-state", "offline")


def conflicts(board: BoardPage) -> Any:
    return board.page.get_by_test_id("conflict")


def test_two_minutes_offline_end_in_one_state_with_the_conflict_shown(
    window: Window, ana: Api, ben: Api, sprint: Any, tasks: list[Any]
) -> None:
    """Five moves, a reload in the middle, and a colleague who moves two of the same cards."""
    alpha, beta, gamma, delta = tasks
    board, line = board_on_a_line(window, sprint)
    wait_until(lambda: kept_boards(board.page) > 0)
    line.cut()
    expect_offline(board)
    board.choose(alpha, "Move to In Progress")
    board.choose(beta, "Move to Testing")
    board.choose(gamma, "Move to Done")
    expect(board.page.get_by_test_id("waiting")).to_have_count(3)
    board.page.reload()
    board.expect_names(IN_PROGRESS, ["Alpha"])
    board.expect_names(TESTING, ["Beta"])
    board.expect_names(DONE, ["Gamma"])
    board.choose(alpha, "Move to Testing")
    board.drag(delta, board.column(IN_PROGRESS), at=0.5)
    board.expect_names(TESTING, ["Beta", "Alpha"])
    assert ben.move(beta["id"], status=DONE).status_code == 200
    ben.patch(f"/tasks/{gamma['id']}/", name="Gamma renamed")
    board.page.get_by_test_id("live-state").click()
    expect(board.page.get_by_test_id("unsent")).to_contain_text("5 changes")
    board.page.keyboard.press("Escape")

    line.mend()
    board.wait_until_live()
    expect(conflicts(board)).to_have_count(1)
    expect(conflicts(board)).to_contain_text("You moved it to Testing.")
    expect(conflicts(board)).to_contain_text("Ben Okafor moved it to Done meanwhile.")
    check_axe(board.page)
    expect(board.page.get_by_test_id("waiting")).to_have_count(0)
    other = BoardPage(window("ben", f"/sprints/{sprint['id']}")).wait_until_live()
    for one in (board, other):
        one.expect_names(TESTING, ["Alpha"])
        one.expect_names(IN_PROGRESS, ["Delta"])
        expect(one.cards(DONE)).to_have_count(2)
    board.page.reload()
    conflicts(board).get_by_role("button", name="Keep mine").click()
    for one in (board, other):
        one.expect_names(TESTING, ["Alpha", "Beta"])
        one.expect_names(DONE, ["Gamma renamed"])
    expect(conflicts(board)).to_have_count(0)
    assert ana.column(sprint, TESTING) == [alpha["id"], beta["id"]]
    assert [ana.get(f"/tasks/{task['id']}/")["version"] for task in tasks] == [3, 3, 3, 2]


def test_colleagues_change_is_kept_by_taking_theirs(
    window: Window, ana: Api, ben: Api, sprint: Any, tasks: list[Any]
) -> None:
    board, line = board_on_a_line(window, sprint)
    line.cut()
    board.choose(tasks[0], "Move to Testing")
    board.choose(tasks[1], "Move to Testing")
    ben.delete(f"/tasks/{tasks[1]['id']}/")
    assert ben.move(tasks[0]["id"], status=DONE).status_code == 200
    line.mend()
    expect(conflicts(board)).to_have_count(2)
    conflicts(board).get_by_role("button", name="Take theirs").click()
    expect(conflicts(board)).to_contain_text("Ben Okafor deleted it.")
    conflicts(board).get_by_role("button", name="Give up mine").click()
    expect(conflicts(board)).to_have_count(0)
    board.expect_names(DONE, ["Alpha"])
    board.expect_names(TO_DO, ["Gamma", "Delta"])
    assert ana.get(f"/tasks/{tasks[0]['id']}/")["version"] == 2


def test_task_is_read_edited_and_added_while_offline(
    window: Window, ana: Api, sprint: Any, tasks: list[Any]
) -> None:
    board, line = board_on_a_line(window, sprint)
    line.cut()
    expect_offline(board)
    panel = board.open(tasks[0])
    panel.get_by_label("Name").fill("Alpha, renamed")
    panel.get_by_label("Name").press("Enter")
    expect(panel).to_contain_text("Kept here")
    expect(panel).to_contain_text("description can be read once the server is back")
    board.column(DONE).get_by_role("button", name="Add task").click()
    board.page.keyboard.type("Made offline")
    board.page.keyboard.press("Enter")
    expect(board.cards(DONE)).to_have_text(re.compile("Made offline"))
    assert ana.column(sprint, DONE) == []
    line.mend()
    expect(panel.get_by_role("heading", name="Description")).to_be_visible()
    expect(board.page.get_by_test_id("waiting")).to_have_count(0)
    board.expect_names(DONE, ["Made offline"])
    assert ana.get(f"/tasks/{tasks[0]['id']}/")["name"] == "Alpha, renamed"
    assert len(ana.column(sprint, DONE)) == 1


def test_change_whose_answer_is_lost_is_applied_once(
    window: Window, ana: Api, sprint: Any, tasks: list[Any]
) -> None:
    board = BoardPage(window("ana", f"/sprints/{sprint['id']}")).wait_until_live()
    mutations: list[str] = []

    def lose_the_answer(route: Route) -> None:
        mutations.append(route.request.headers["x-client-mutation"])
        if len(mutations) > 1:
            return route.continue_()
        route.fetch()
        return route.abort()

    board.page.route("**/api/tasks/", lose_the_answer)
    board.column(TESTING).get_by_role("button", name="Add task").click()
    board.page.keyboard.type("Only one")
    board.page.keyboard.press("Enter")
    wait_until(lambda: board.page.title() is not None and len(mutations) == 2)
    assert mutations[0] == mutations[1]
    board.expect_names(TESTING, ["Only one"])
    assert len(ana.column(sprint, TESTING)) == 1


def test_signing_out_forgets_what_the_browser_kept(window: Window, sprint: Any) -> None:
    page = window("ana", f"/sprints/{sprint['id']}")
    BoardPage(page).wait_until_live()
    wait_until(lambda: kept_boards(page) == 1)
    page.get_by_role("button", name="Your menu").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    assert kept_boards(page) == 0
    keys = page.evaluate("Object.keys(localStorage).filter((key) => /^sprintwall[.]1/.test(key))")
    assert keys == []


def test_unsent_changes_are_asked_about_before_signing_out(
    window: Window, sprint: Any, tasks: list[Any]
) -> None:
    board, line = board_on_a_line(window, sprint)
    line.cut()
    board.choose(tasks[0], "Move to Testing")
    expect(board.page.get_by_test_id("waiting")).to_have_count(1)
    board.page.get_by_role("button", name="Your menu").click()
    board.page.get_by_role("menuitem", name="Sign out").click()
    dialog = board.page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("One change of yours is not on the server yet")
    dialog.get_by_role("button", name="Cancel").click()
    line.mend()
    expect(board.page.get_by_test_id("waiting")).to_have_count(0)


# Others' changes under one's own hands


def test_card_in_the_hand_stays_there_when_a_colleague_moves_it(
    window: Window, ben: Api, sprint: Any, tasks: list[Any]
) -> None:
    board = BoardPage(window("ana", f"/sprints/{sprint['id']}")).wait_until_live()
    board.grab(tasks[0])
    board.carry_to(board.column(IN_PROGRESS))
    assert ben.move(tasks[0]["id"], status=DONE).status_code == 200
    assert ben.move(tasks[1]["id"], status=TESTING).status_code == 200
    board.expect_names(TESTING, ["Beta"])
    board.expect_names(TO_DO, ["Alpha", "Gamma", "Delta"])
    board.drop()
    expect(board.toast()).to_contain_text("Ben Okafor moved it to Done first")
    board.expect_names(DONE, ["Alpha"])


def test_field_in_use_says_who_changed_it_and_other_fields_follow(
    window: Window, ben: Api, sprint: Any, tasks: list[Any]
) -> None:
    board = BoardPage(window("ana", f"/sprints/{sprint['id']}")).wait_until_live()
    panel = board.open(tasks[0])
    name = panel.get_by_label("Name")
    name.click()
    ben.patch(f"/tasks/{tasks[0]['id']}/", name="Ben's name", points=8)
    expect(panel.get_by_label("Points")).to_have_value("8")
    expect(panel).to_contain_text("Changed by Ben Okafor to: Ben's name")
    expect(name).to_have_value("Alpha")
    panel.get_by_label("Points").click()
    expect(name).to_have_value("Ben's name")
