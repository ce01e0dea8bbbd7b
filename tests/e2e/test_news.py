"""What changed on a board while one was away."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import check_axe
from tests.e2e.boards import DONE, BoardPage
from tests.e2e.people import Api
from tests.servers import wait_until

pytestmark = pytest.mark.browser

DOT = "Changed since your last visit"


def test_who_comes_back_is_told_what_others_did(
    window: Callable[..., Page], ana: Api, ben: Api, sprint: dict[str, Any]
) -> None:
    moved, talked, untouched = (ana.new_task(name, sprint) for name in ("Moved", "Talked", "Left"))
    path = f"/sprints/{sprint['id']}"
    page = window("ana")
    with page.expect_response(f"**/api{path}/news/") as read:
        page.goto(path)
    read.value.finished()
    page.goto("/account")
    wait_until(lambda: ana.get(f"{path}/news/")["seen_at"] is not None)

    ben.move(moved["id"], status=DONE)
    ben.post("/comments/", task=talked["id"], text="Have a look, @ana")
    page.goto(path)
    board = BoardPage(page)
    news = page.get_by_test_id("news")
    expect(news).to_contain_text(f"mentioned you in {talked['key']}. Ben")
    expect(news).to_contain_text("made 2 changes.")
    dots = [board.card(task).get_by_role("img", name=DOT) for task in (moved, talked, untouched)]
    for dot, there in zip(dots, (True, True, False), strict=True):
        expect(dot).to_be_visible(visible=there)

    news.get_by_role("button", name="Show").click()
    expect(news.get_by_role("listitem")).to_have_count(2)
    expect(news).to_contain_text("moved it from Not Started to Done")
    check_axe(page)
    page.emulate_media(color_scheme="dark")
    check_axe(page)
    news.get_by_role("link", name=talked["key"]).click()
    expect(page.get_by_test_id("task-panel")).to_contain_text("Have a look")
    expect(dots[1]).to_be_hidden()
    expect(dots[0]).to_be_visible()
    page.get_by_role("button", name="Close the task").click()

    with page.expect_response(f"**/api{path}/seen/"):
        news.get_by_role("button", name="Dismiss").click()
    expect(news).to_have_count(0)
    expect(dots[0]).to_be_hidden()
    with page.expect_response(f"**/api{path}/news/") as answered:
        page.reload()
    assert answered.value.json()["count"] == 0
    expect(news).to_have_count(0)
