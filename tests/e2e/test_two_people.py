"""Two people in two Chromium windows at one board."""

import statistics
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.boards import DONE, IN_PROGRESS, TESTING, TO_DO, Pair
from tests.e2e.people import Api

pytestmark = pytest.mark.browser


def test_drag_to_another_column_is_seen_by_the_other(
    pair: Pair, tasks: list[Any], ana: Api, sprint: dict[str, Any]
) -> None:
    one, other = pair
    one.drag(tasks[0], one.column(IN_PROGRESS))
    for board in pair:
        board.expect_names(TO_DO, ["Beta", "Gamma"])
        board.expect_names(IN_PROGRESS, ["Alpha"])
    other.drag(tasks[1], other.cards(IN_PROGRESS).first, at=0.1)
    for board in pair:
        board.expect_names(IN_PROGRESS, ["Beta", "Alpha"])
    assert ana.column(sprint, IN_PROGRESS) == [tasks[1]["id"], tasks[0]["id"]]


def test_drag_within_a_column_is_seen_by_the_other(pair: Pair, tasks: list[Any]) -> None:
    one, _ = pair
    one.drag(tasks[2], one.card(tasks[0]), at=0.1)
    for board in pair:
        board.expect_names(TO_DO, ["Gamma", "Alpha", "Beta"])
    one.drag(tasks[2], one.card(tasks[1]), at=0.9)
    for board in pair:
        board.expect_names(TO_DO, ["Alpha", "Beta", "Gamma"])


def test_drag_to_the_backlog_and_back(pair: Pair, tasks: list[Any], ana: Api) -> None:
    one, other = pair
    one.drag(tasks[0], one.cards("backlog").first, at=0.1)
    expect(other.cards("backlog").first).to_have_attribute("data-task-id", str(tasks[0]["id"]))
    assert ana.get(f"/tasks/{tasks[0]['id']}/")["sprint"] is None
    other.drag(tasks[0], other.column(TO_DO), at=0.9)
    for board in pair:
        board.expect_names(TO_DO, ["Beta", "Gamma", "Alpha"])


def test_added_task_appears_for_the_other(pair: Pair) -> None:
    one, _ = pair
    one.column(TESTING).get_by_role("button", name="Add task").click()
    for name in ("First", "Second"):
        one.page.keyboard.type(name)
        one.page.keyboard.press("Enter")
        expect(one.cards(TESTING).get_by_role("link", name=name)).to_be_visible()
    one.page.keyboard.press("Escape")
    for board in pair:
        board.expect_names(TESTING, ["First", "Second"])


def test_edit_of_every_field_is_seen_by_the_other(pair: Pair, tasks: list[Any], ana: Api) -> None:
    one, other = pair
    panel = one.open(tasks[0])
    panel.get_by_label("Name").fill("Renamed")
    panel.get_by_label("Points").fill("8")
    panel.get_by_label("Assigned").select_option("ben")
    panel.get_by_label("Due").fill("2030-01-31")
    panel.get_by_label("Status").select_option(str(DONE))
    expect(panel.get_by_label("Completed")).not_to_have_value("")
    panel.get_by_role("button", name="Write").click()
    panel.get_by_role("textbox", name="Description").fill("Some **bold** words")
    panel.get_by_role("button", name="Preview").click()
    expect(panel.locator("strong")).to_have_text("bold")
    other.expect_names(DONE, ["Renamed"])
    card = other.card(tasks[0])
    expect(card).to_contain_text("8")
    expect(card.get_by_role("img", name="Assigned to Ben Okafor")).to_be_visible()
    expect(card.get_by_title("Has a description")).to_be_attached()
    task = ana.get(f"/tasks/{tasks[0]['id']}/")
    assert (task["due"], task["description"]) == ("2030-01-31", "Some **bold** words")


def test_hand_on_a_card_is_shown_to_the_other_while_it_lasts(pair: Pair, tasks: list[Any]) -> None:
    one, other = pair
    one.grab(tasks[0])
    one.carry_to(one.column(TESTING))
    expect(other.card(tasks[0])).to_have_attribute("data-held-by", "ana")
    expect(other.card(tasks[0])).to_contain_text("Ana Silva is moving this")
    expect(one.card(tasks[0])).not_to_have_attribute("data-held-by", "ana")
    one.drop()
    expect(other.card(tasks[0])).not_to_have_attribute("data-held-by", "ana")
    other.expect_names(TESTING, ["Alpha"])


def test_editing_is_shown_to_the_other_and_ends_with_the_window(
    pair: Pair, tasks: list[Any]
) -> None:
    one, other = pair
    one.open(tasks[0]).get_by_label("Name").focus()
    expect(other.card(tasks[0])).to_contain_text("Ana Silva is editing this")
    one.page.close()
    expect(other.card(tasks[0])).not_to_have_attribute("data-held-by", "ana")


def test_people_here_come_and_go(pair: Pair) -> None:
    one, other = pair
    for board in pair:
        expect(board.people()).to_have_count(2)
    expect(other.page.get_by_role("button", name="Ana Silva is here")).to_be_visible()
    one.page.close()
    # A person may come back within 10 s without having been away.
    expect(other.people()).to_have_count(1, timeout=20_000)


def test_two_windows_saving_the_same_field_lose_nothing(
    pair: Pair, tasks: list[Any], ana: Api
) -> None:
    one, other = pair
    panels = [board.open(tasks[0]) for board in pair]
    mine, theirs = (panel.get_by_label("Name") for panel in panels)
    mine.click()
    mine.fill("What Ana typed")
    theirs.fill("What Ben typed")
    theirs.press("Enter")
    expect(one.card(tasks[0]).get_by_role("link")).to_have_text("What Ben typed")
    expect(mine).to_have_value("What Ana typed")
    mine.press("Enter")
    expect(panels[0]).to_contain_text("Ben Okafor changed this meanwhile")
    expect(panels[0]).to_contain_text("What Ben typed")
    assert ana.get(f"/tasks/{tasks[0]['id']}/")["name"] == "What Ben typed"
    panels[0].get_by_role("button", name="Keep mine").click()
    expect(other.card(tasks[0]).get_by_role("link")).to_have_text("What Ana typed")


def test_remote_change_does_not_disturb_a_drag(pair: Pair, tasks: list[Any], ben: Api) -> None:
    one, _ = pair
    one.grab(tasks[0])
    one.carry_to(one.column(IN_PROGRESS))
    ben.move(tasks[2]["id"], status=DONE)
    one.expect_names(DONE, ["Gamma"])
    one.drop()
    for board in pair:
        board.expect_names(IN_PROGRESS, ["Alpha"])


def test_loser_of_a_race_is_told_who_was_first(pair: Pair, tasks: list[Any], ben: Api) -> None:
    """The move arrives with an old version: Ana's socket is held back, so she cannot know."""
    one, _ = pair
    one.page.route("**/move/", lambda route: move_first(route, ben, tasks[0]))
    one.choose(tasks[0], "Move to Testing")
    expect(one.toast()).to_contain_text("Ben Okafor moved it to Done first")
    for board in pair:
        board.expect_names(DONE, ["Alpha"])


def move_first(route: Any, ben: Api, task: Any) -> None:
    assert ben.move(task["id"], status=DONE).status_code == 200
    route.continue_()


def test_second_window_shows_a_drag_soon_after_the_drop(pair: Pair, tasks: list[Any]) -> None:
    """Printed, not asserted: how long after the drop the other window has drawn the card."""
    one, other = pair
    delays = []
    for column in (IN_PROGRESS, TESTING, DONE, TO_DO) * 3:
        other.page.evaluate(WAIT_FOR_CARD, [tasks[0]["id"], column])
        one.grab(tasks[0])
        one.carry_to(one.column(column), at=0.8)
        dropped_ms = time.time() * 1000
        one.drop()
        painted_ms = other.page.evaluate("window.painted")
        delays.append(painted_ms - dropped_ms)
        one.expect_names(column, [*one.cards(column).get_by_role("link").all_text_contents()])
    print(
        f"\ndrop to paint in the other window: median {statistics.median(delays):.0f} ms, "
        f"most {max(delays):.0f} ms, of {len(delays)}"
    )


# Resolves to the time (ms since 1970) of the frame after the card stood in the column.
WAIT_FOR_CARD = """([id, column]) => {
  const selector = `[data-testid="column-${column}"] [data-task-id="${id}"]`;
  window.painted = new Promise((resolve) => {
    const look = () => {
      if (document.querySelector(selector)) requestAnimationFrame(() => resolve(Date.now()));
      else requestAnimationFrame(look);
    };
    look();
  });
}"""
