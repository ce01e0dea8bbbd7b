"""What a change of somebody else draws anew in a window: the card concerned, and no other."""

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
