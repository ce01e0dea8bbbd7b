"""The picture by which one is known: chosen at one's account, seen on an open board."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.accounts import panel
from tests.e2e.axe import check_axe
from tests.e2e.boards import BoardPage
from tests.e2e.people import Api
from tests.stack import Stack

pytestmark = pytest.mark.browser


def png() -> FilePayload:
    written = BytesIO()
    Image.new("RGB", (80, 60), "teal").save(written, "PNG")
    return {"name": "me.png", "mimeType": "image/png", "buffer": written.getvalue()}


def test_picture_reaches_open_boards_at_once_and_can_be_removed(
    window: Callable[..., Page], stack: Stack
) -> None:
    demo = Api(stack, "demo")
    sprint = demo.new_sprint()
    task = demo.new_task("Hers", sprint, assigned="ana")
    board, page = window("demo", f"/sprints/{sprint['id']}"), window("ana", "/account")
    BoardPage(board).wait_until_live()
    avatar = board.locator(f'[data-task-id="{task["id"]}"] .assignee .avatar')
    expect(avatar).not_to_have_class(re.compile("pictured"))
    picture = panel(page, "Picture")
    chooser = picture.get_by_test_id("picture-chooser")

    chooser.set_input_files({"name": "a.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
    expect(picture.get_by_role("alert")).to_contain_text("use PNG, JPEG, WebP or GIF")
    chooser.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(picture.get_by_role("alert")).to_contain_text("not a picture that can be read")
    check_axe(page)

    with board.expect_response(re.compile("/api/users/ana/avatar/")) as shown:
        chooser.set_input_files(png())
    assert shown.value.headers["content-type"] == "image/webp"
    expect(avatar).to_have_class(re.compile("pictured"))
    expect(picture.get_by_role("alert")).to_be_hidden()
    expect(picture.locator(".avatar")).to_have_class(re.compile("pictured"))

    picture.get_by_role("button", name="Remove").click()
    expect(avatar).not_to_have_class(re.compile("pictured"))
    expect(picture.get_by_role("button", name="Choose a picture")).to_be_focused()
