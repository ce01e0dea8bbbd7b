"""What a change of somebody else draws anew in a window: the card concerned, and no other."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.boards import IN_PROGRESS, TO_DO, BoardPage
from tests.e2e.people import Api

pytestmark = pytest.mark.browser

# Collects the tasks whose cards the page changes from now on.
WATCH_CARDS = """() => {
  window.touched = new Set();
  new MutationObserver((records) => {
    for (const {target} of records) {
      const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
      const card = element?.closest("[data-slot]");
      if (card) window.touched.add(Number(card.dataset.slot));
    }
  }).observe(document.querySelector(".board"),
    {subtree: true, childList: true, attributes: true, characterData: true});
}"""

# Collects the tasks whose cards the page lets move from now on.
WATCH_WAYS = """() => {
  window.moved = new Set();
  const animate = Element.prototype.animate;
  Element.prototype.animate = function (...way) {
    if (this.dataset.slot) window.moved.add(Number(this.dataset.slot));
    return animate.apply(this, way);
  };
}"""


def test_remote_changes_touch_only_their_own_cards(
    window: Callable[..., Page], ben: Api, sprint: dict[str, Any]
) -> None:
    renamed, moved, *others = [ben.new_task(name, sprint) for name in "ABCDEF"]
    board = BoardPage(window("ana", f"/sprints/{sprint['id']}")).wait_until_live()
    board.expect_names(TO_DO, list("ABCDEF"))
    board.page.evaluate(WATCH_CARDS)
    ben.patch(f"/tasks/{renamed['id']}/", name="A new name")
    board.expect_names(TO_DO, ["A new name", *"BCDEF"])
    assert ben.move(moved["id"], status=IN_PROGRESS).status_code == 200
    board.expect_names(IN_PROGRESS, ["B"])
    expect(board.card(others[0])).to_be_visible()
    touched = set(board.page.evaluate("[...window.touched]"))
    assert renamed["id"] in touched
    assert touched <= {renamed["id"], moved["id"]}


def test_only_own_moves_let_the_cards_beside_glide(
    window: Callable[..., Page], ben: Api, sprint: dict[str, Any]
) -> None:
    a, b, c, d = [ben.new_task(name, sprint) for name in "ABCD"]
    page = window("ana", f"/sprints/{sprint['id']}", reduced_motion="no-preference")
    board = BoardPage(page).wait_until_live()
    page.evaluate(WATCH_WAYS)
    ben.move(a["id"], status=IN_PROGRESS)
    board.expect_names(IN_PROGRESS, ["A"])
    expect(page.locator("body > .slot")).to_have_count(0)
    assert page.evaluate("[...window.moved]") == [a["id"]]
    expect(board.card(a)).not_to_have_class(re.compile("glow"))
    page.evaluate("window.moved.clear()")
    board.choose(b, "Move to In Progress")
    board.expect_names(TO_DO, ["C", "D"])
    expect(page.locator("body > .slot")).to_have_count(0)
    assert {b["id"], c["id"], d["id"]} <= set(page.evaluate("[...window.moved]"))


def test_a_group_that_grows_styles_no_card_anew(
    window: Callable[..., Page], ben: Api, sprint: dict[str, Any]
) -> None:
    """Cards that inherited the number of cards in their group would all be laid out again."""
    card, *_ = [ben.new_task(name, sprint) for name in "ABC"]
    board = BoardPage(window("ana", f"/sprints/{sprint['id']}")).wait_until_live()
    inherited = "(card) => getComputedStyle(card).getPropertyValue('--cards')"
    group = board.card(card).locator("xpath=ancestor::*[contains(@class, 'group')]")
    assert group.evaluate(inherited) == "3"
    assert board.card(card).evaluate(inherited) == "1"
