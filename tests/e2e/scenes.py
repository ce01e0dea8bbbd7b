"""Every page and dialog in each of its states: for axe, for narrow windows, and for pictures."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.e2e.boards import BoardPage
from tests.e2e.people import Api

DESKTOP: ViewportSize = {"width": 1440, "height": 900}


def as_it_is(page: Page) -> None:
    """Nothing is done on the page."""


@dataclass(frozen=True)
class Scene:
    """``arrange`` brings the page into its state; then ``heading`` or ``ready`` can be seen."""

    name: str
    path: str
    ready: Callable[[Page], None]
    username: str | None = "ana"
    arrange: Callable[[Page], None] = as_it_is


def heading(text: str) -> Callable[[Page], None]:
    def ready(page: Page) -> None:
        expect(page.get_by_role("heading", name=text).first).to_be_visible()

    return ready


def dialog(page: Page) -> None:
    expect(page.get_by_role("dialog").or_(page.get_by_role("alertdialog")).first).to_be_visible()


def menu(page: Page) -> None:
    expect(page.get_by_role("menu")).to_be_visible()


def live(page: Page) -> None:
    BoardPage(page).wait_until_live()


def press(name: str) -> Callable[[Page], None]:
    def arrange(page: Page) -> None:
        page.get_by_role("button", name=name).first.click()

    return arrange


def press_when_live(name: str) -> Callable[[Page], None]:
    def arrange(page: Page) -> None:
        live(page)
        press(name)(page)

    return arrange


def keys(*names: str) -> Callable[[Page], None]:
    def arrange(page: Page) -> None:
        live(page)
        for name in names:
            page.keyboard.press(name)

    return arrange


def without_server(page: Page) -> None:
    page.route("**/api/**", lambda route: route.abort())
    page.evaluate("indexedDB.deleteDatabase('sprintwall')")
    page.reload()


def with_slow_board(page: Page) -> None:
    """The board's answer never comes."""

    def hold(route: Route) -> None:
        """Neither answered nor failed."""

    page.route("**/api/sprints/*/board/", hold)
    page.reload()


def offline(page: Page) -> None:
    live(page)
    page.context.set_offline(True)


def is_offline(page: Page) -> None:
    state = page.get_by_test_id("live-state")
    expect(state).to_have_attribute("data-state", "offline", timeout=60_000)


def task_panel(page: Page) -> None:
    expect(page.get_by_test_id("task-panel").get_by_label("Name")).to_be_visible()


class Stage:
    """Shows scenes, in one window for each person, as if nothing had been done there before."""

    def __init__(self, window: Callable[..., Page]) -> None:
        self._window = window
        self._pages: dict[str | None, Page] = {}

    @contextmanager
    def showing(self, scene: Scene) -> Iterator[Page]:
        if scene.username not in self._pages:
            self._pages[scene.username] = self._window(scene.username, reduced_motion="reduce")
        page = self._pages[scene.username]
        page.set_viewport_size(DESKTOP)
        # Another address first: a fragment alone would load nothing.
        page.goto("about:blank")
        page.goto(scene.path)
        scene.arrange(page)
        scene.ready(page)
        try:
            yield page
        finally:
            page.unroute_all(behavior="ignoreErrors")
            page.context.set_offline(False)
            page.evaluate("localStorage.clear()")


def current_sprint(ana: Api) -> Any:
    """The sprint of the demo team that is under way."""
    return ana.get("/sprints/?search=Sprint 12")["results"][0]


def strangers(ana: Api, demo: Api) -> Iterator[Scene]:
    """What people see who are not signed in."""
    link = demo.post(f"/sprints/{current_sprint(ana)['id']}/share/")["link"].partition("/shared")[2]
    yield Scene("sign-in", "/sign-in", heading("Sign in"), None)
    yield Scene("password-forgotten", "/password/reset", heading("Forgot your password?"), None)
    yield Scene("password-reset-ended", "/password/reset/key#x", heading(""), None)
    yield Scene("verify-email", "/verify-email#x", heading(""), None)
    yield Scene("join-bad-link", "/join#x", heading("You cannot join by this link"), None)
    yield Scene("shared", f"/shared{link}", live, None)
    yield Scene("shared-bad-link", "/shared#x", heading("This link shows nothing any more"), None)


def boards(ana: Api, demo: Api) -> Iterator[Scene]:
    """Boards, what opens on them, and how they are when something is amiss."""
    sprint, empty = current_sprint(ana), ana.new_sprint("Nothing yet")
    past = ana.get("/sprints/?search=Sprint 11")["results"][0]
    task = ana.get(f"/tasks/?sprint={sprint['id']}&search=Product pages")["results"][0]
    board = f"/sprints/{sprint['id']}"
    yield Scene("board", board, live)
    yield Scene("board-compact", board, live, arrange=compact)
    yield Scene("board-by-person", f"{board}?lanes=who", live)
    yield Scene("board-by-label", f"{board}?lanes=label", live)
    yield Scene("board-filtered", f"{board}?who=me", live)
    yield Scene("board-nothing-matches", f"{board}?q=zzzz", live)
    yield Scene("board-filter-menu", board, menu, arrange=press_when_live("Filter by"))
    yield Scene("board-sprint-menu", board, menu, arrange=press_when_live("Sprint 12"))
    yield Scene("board-own-menu", board, menu, arrange=press_when_live("Your menu"))
    yield Scene("board-card-menu", board, menu, arrange=open_card_menu)
    yield Scene("board-edit-sprint", f"{board}", dialog, arrange=edit_sprint)
    yield Scene("board-help", board, dialog, arrange=keys("?"))
    yield Scene("board-palette", board, dialog, arrange=keys("Control+k"))
    yield Scene("board-task", f"{board}/tasks/{task['id']}", task_panel)
    yield Scene("board-unknown-task", f"{board}/tasks/999999", heading("No such task"))
    yield Scene("board-empty", f"/sprints/{empty['id']}", live)
    yield Scene("board-ended", f"/sprints/{past['id']}", live)
    yield Scene("board-unknown", "/sprints/999999", heading(""))
    yield Scene("board-loading", board, loading, arrange=with_slow_board)
    yield Scene("board-failing", board, heading(""), arrange=without_server)
    yield Scene("board-offline", board, is_offline, arrange=offline)


def other_pages(ana: Api, demo: Api) -> Iterator[Scene]:
    """Pages beside the boards."""
    sprint = current_sprint(ana)
    home = f"/projects/{sprint['project']}"
    yield Scene("projects", "/projects", heading("Projects"))
    yield Scene("new-project", "/projects", dialog, arrange=press("New project"))
    yield Scene("project", home, heading("Web shop"))
    yield Scene("new-sprint", home, dialog, arrange=press("New sprint"))
    yield Scene("settings", f"{home}/settings", heading("Settings of"), "demo")
    yield Scene("settings-of-a-member", f"{home}/settings", heading("Settings of"))
    yield Scene("activity", f"{home}/activity", heading("Activity"))
    yield Scene("account", "/account", heading("Your account"))
    yield Scene("doctor", f"/doctor?sprint={sprint['id']}", heading("Why live updates"))
    yield Scene("not-found", "/nothing", heading("There is no page here"))


def compact(page: Page) -> None:
    press_when_live("Rows and density")(page)
    page.get_by_role("menuitemradio", name="Compact").click()


def open_card_menu(page: Page) -> None:
    live(page)
    page.get_by_role("button", name="Menu of").first.focus()
    page.keyboard.press("Enter")


def edit_sprint(page: Page) -> None:
    press_when_live("Sprint 12")(page)
    page.get_by_role("menuitem", name="Edit").click()


def loading(page: Page) -> None:
    expect(page.get_by_role("main", name="Loading the board")).to_be_visible()
