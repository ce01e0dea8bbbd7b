"""An open task: what stands beside its fields, with two people and hostile content."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.e2e.axe import check_axe
from tests.e2e.boards import BoardPage
from tests.e2e.people import Api

pytestmark = pytest.mark.browser

Window = Callable[..., Page]

HOSTILE = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
LONGEST = 100_000
# A picture of one pixel.
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def task(ana: Api, sprint: dict[str, Any]) -> Any:
    return ana.new_task("Search by words", sprint)


def panel_of(page: Page) -> Locator:
    """The open panel with its lists loaded, so that what others do arrives live."""
    BoardPage(page).wait_until_live()
    panel = page.get_by_test_id("task-panel")
    expect(panel.get_by_label("Name")).to_be_visible()
    return panel


@pytest.fixture
def path(sprint: dict[str, Any], task: Any) -> str:
    return f"/sprints/{sprint['id']}/tasks/{task['id']}"


def test_comment_with_a_mention_comes_live_and_a_half_written_one_stays(
    window: Window, path: str
) -> None:
    pages = [window(name, path) for name in ("ana", "ben")]
    ana, ben = (panel_of(page) for page in pages)
    expect(ana.get_by_test_id("onlookers")).to_contain_text("Ben Okafor")
    box = ana.get_by_label("New comment")
    box.fill("Look, ")
    box.press("End")
    pages[0].keyboard.type("@oka")
    expect(ana.get_by_role("listbox", name="People to call")).to_be_visible()
    pages[0].keyboard.press("Enter")
    expect(box).to_have_value("Look, @ben ")
    expect(ben).to_contain_text("Ana Silva is editing this")
    pages[0].keyboard.type(f"**bold** {HOSTILE}")
    pages[0].keyboard.press("Control+Enter")
    expect(box).to_have_value("")
    comment = ben.get_by_test_id("comment")
    expect(comment.locator("strong", has_text="bold")).to_be_visible()
    expect(comment.locator("[data-mention]")).to_have_text("@ben")
    expect(comment).to_contain_text("<script>window.hacked = 1</script>")
    assert pages[1].evaluate("window.hacked") is None
    expect(comment.get_by_role("button", name="Edit your comment")).to_have_count(0)

    own = ana.get_by_test_id("comment")
    own.get_by_role("button", name="Edit your comment").click()
    own.get_by_label("Your comment").fill("Changed")
    own.get_by_role("button", name="Save").click()
    expect(comment).to_contain_text("Changed")
    expect(comment).to_contain_text("edited")
    box.fill("half a thought")
    pages[0].reload()
    ana = panel_of(pages[0])
    expect(ana.get_by_label("New comment")).to_have_value("half a thought")

    ana.get_by_role("button", name="Delete the comment").click()
    pages[0].get_by_role("alertdialog").get_by_role("button", name="Delete comment").click()
    expect(ben.get_by_test_id("comment")).to_have_count(0)
    expect(ana.get_by_label("New comment")).to_be_focused()


def test_checklist_is_kept_by_keyboard_and_seen_by_the_other(window: Window, path: str) -> None:
    pages = [window(name, path) for name in ("ana", "ben")]
    ana, ben = (panel_of(page) for page in pages)
    ana.get_by_label("New checklist item").focus()
    keyboard = pages[0].keyboard
    for text in ("First", "Second", "Third"):
        keyboard.type(text)
        keyboard.press("Enter")
    texts = [panel.get_by_test_id("checklist-item") for panel in (ana, ben)]
    for one in texts:
        expect(one).to_have_text(["First", "Second", "Third"])
    ana.get_by_role("button", name="Move “Third” up").press("Enter")
    for one in texts:
        expect(one).to_have_text(["First", "Third", "Second"])
    ben.get_by_role("checkbox", name="Third").check()
    expect(ana.get_by_role("checkbox", name="Third")).to_be_checked()
    expect(ana).to_contain_text("1 of 3")
    ana.get_by_role("button", name="Edit “First”").press("Enter")
    keyboard.type("Renamed")
    keyboard.press("Enter")
    expect(ana.get_by_role("button", name="Edit “Renamed”")).to_be_focused()
    for one in texts:
        expect(one).to_have_text(["Renamed", "Third", "Second"])
    ana.get_by_role("button", name="Delete “Third”").press("Enter")
    expect(ana.get_by_role("button", name="Edit “Second”")).to_be_focused()
    for one in texts:
        expect(one).to_have_text(["Renamed", "Second"])


def test_labels_are_found_made_and_joined(
    window: Window, path: str, ana: Api, ben: Api, task: Any
) -> None:
    page = window("ana", path)
    panel = panel_of(page)
    labels = panel.get_by_role("button", name="Labels")
    chips = labels.locator("[data-label]")
    labels.press("Enter")
    chooser = page.get_by_role("combobox", name="Find or add a label")
    expect(chooser).to_be_focused()
    page.keyboard.type("Of the panel")
    page.keyboard.press("Enter")
    expect(chips).to_have_text(["Of the panel"])
    option = page.get_by_role("option", name="Of the panel")
    expect(option).to_have_attribute("aria-selected", "true")
    other = ben.post("/labels/", name="Of another", colour="teal")
    ben.patch(
        f"/tasks/{task['id']}/", labels=[*ben.get(f"/tasks/{task['id']}/")["labels"], other["id"]]
    )
    expect(chips).to_have_text(["Of another", "Of the panel"])
    option.click()
    expect(chips).to_have_text(["Of another"])
    page.keyboard.press("Escape")
    expect(labels).to_be_focused()
    panel.get_by_role("switch", name="Blocked").press("Space")
    expect(panel.locator("#note-is_blocked")).to_have_text("Saved")
    saved = ana.get(f"/tasks/{task['id']}/")
    assert (saved["labels"], saved["is_blocked"]) == ([other["id"]], True)
    for label in ana.get("/labels/")["results"]:
        ana.delete(label["links"]["self"])


def test_files_come_live_and_one_that_lies_about_its_type_is_no_picture(
    window: Window, path: str
) -> None:
    pages = [window(name, path) for name in ("ana", "ben")]
    ana, ben = (panel_of(page) for page in pages)
    liar = FilePayload(name="cat.png", mimeType="image/png", buffer=HOSTILE.encode())
    picture = FilePayload(name="cat.png", mimeType="text/plain", buffer=DOT)
    large = FilePayload(name="film.mov", mimeType="video/mp4", buffer=b"x" * (10 * 2**20 + 1))
    ana.get_by_test_id("file-chooser").set_input_files([liar, picture, large])
    for panel in (ana, ben):
        files = panel.get_by_test_id("attachment")
        expect(files).to_have_count(2)
        expect(files.locator("a.name")).to_have_text(["cat.png", "cat.png"])
        expect(files.locator("img")).to_have_count(1)
        expect(files.nth(1).locator("img")).to_have_count(1)
    expect(ana.get_by_test_id("sending")).to_contain_text("a file may have at most 10 MB")
    ana.get_by_role("button", name="Forget film.mov").click()
    expect(ana.get_by_test_id("sending")).to_have_count(0)
    link = pages[0].request.get(ana.locator("a.name").first.get_attribute("href") or "")
    assert link.headers["content-type"] == "application/octet-stream"

    pages[0].route("**/api/attachments/", lambda route: route.abort())
    ana.get_by_test_id("file-chooser").set_input_files(
        [FilePayload(name="dog.png", mimeType="image/png", buffer=DOT)]
    )
    expect(ana.get_by_test_id("sending")).to_contain_text("could not be reached")
    pages[0].unroute("**/api/attachments/")
    ana.get_by_role("button", name="Send dog.png again").click()
    expect(ben.get_by_test_id("attachment")).to_have_count(3)

    ana.get_by_role("button", name="Delete dog.png").click()
    pages[0].get_by_role("alertdialog").get_by_role("button", name="Delete file").click()
    expect(ben.get_by_test_id("attachment")).to_have_count(2)
    ben.get_by_role("button", name="History").click()
    told = ben.get_by_test_id("history-change")
    expect(told.first).to_contain_text("Ana Silva removed the file “dog.png”")
    ana.get_by_label("Points").fill("3")
    ana.get_by_label("Points").press("Enter")
    expect(told.first).to_contain_text("Ana Silva estimated it at 3 points")
    expect(told.last).to_contain_text("Ana Silva added it")


def test_three_windows_editing_one_task_lose_nothing(window: Window, path: str) -> None:
    pages = [window(name, path) for name in ("ana", "ben", "ana")]
    first, second, third = (panel_of(page) for page in pages)
    first.get_by_label("Name").fill("From the first")
    second.get_by_label("Name").fill("From the second")
    third.get_by_label("Points").fill("8")
    third.get_by_label("Points").press("Enter")
    second.get_by_label("Name").press("Enter")
    expect(third.get_by_label("Name")).to_have_value("From the second")
    first.get_by_label("Name").press("Enter")
    expect(first).to_contain_text("Ben Okafor changed this meanwhile")
    first.get_by_role("button", name="Keep mine").click()
    for panel in (first, second, third):
        expect(panel.get_by_label("Name")).to_have_value("From the first")
        expect(panel.get_by_label("Points")).to_have_value("8")


def test_longest_description_and_pasted_scripts_stay_text(
    window: Window, path: str, ana: Api, task: Any
) -> None:
    text = (HOSTILE + " **bold** [x](javascript:alert(1)) @nobody\n\n") * 1200
    ana.patch(f"/tasks/{task['id']}/", description=text[:LONGEST])
    page = window("ana", path)
    panel = panel_of(page)
    expect(panel.locator(".prose strong").first).to_be_visible()
    expect(panel.locator(".prose script, .prose img, .prose a[href^=javascript]")).to_have_count(0)
    assert page.evaluate("window.hacked") is None
    panel.get_by_role("button", name="Write").click()
    area = panel.get_by_role("textbox", name="Description")
    expect(area).to_be_focused()
    page.keyboard.press("Control+Home")
    page.keyboard.type("Begun ")
    panel.get_by_role("button", name="Preview").click()
    # One letter too many: the server says so at the field, and what was typed stays.
    expect(panel.get_by_text("no more than 100000 characters")).to_be_visible()
    panel.get_by_role("button", name="Undo my change").click()
    expect(panel.locator(".prose strong").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_an_open_task(
    window: Window, path: str, ana: Api, ben: Api, task: Any, scheme: str
) -> None:
    for person, text in ((ana, "Of **Ana** to @ben"), (ben, "Of Ben\n\n> quoted\n\n`code`")):
        person.post("/comments/", task=task["id"], text=text)
    ana.post("/checklist-items/", task=task["id"], text="One step")
    size = {"width": 360, "height": 780}
    page = window("ana", path, color_scheme=scheme, reduced_motion="reduce", viewport=size)
    panel = panel_of(page)
    expect(panel.get_by_test_id("comment")).to_have_count(2)
    wide = "document.documentElement.scrollWidth > 360"
    panel.get_by_role("button", name="Edit your comment").click()
    check_axe(page)
    assert not page.evaluate(wide)
    panel.get_by_label("New comment").fill("@")
    expect(panel.get_by_role("listbox", name="People to call")).to_be_visible()
    check_axe(page)
    panel.get_by_label("New comment").fill("")
    panel.get_by_role("button", name="Labels").click()
    expect(page.get_by_role("combobox", name="Find or add a label")).to_be_focused()
    check_axe(page)
