"""The board as a person sees it in a browser window."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

TO_DO, IN_PROGRESS, TESTING, DONE = 1, 2, 3, 4


class BoardPage:
    """One window that shows a sprint's board."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def wait_until_live(self) -> "BoardPage":
        expect(self.page.get_by_test_id("live-state")).to_have_attribute("data-state", "live")
        return self

    def column(self, column: int | str) -> Locator:
        return self.page.get_by_test_id(f"column-{column}")

    def cards(self, column: int | str) -> Locator:
        return self.column(column).get_by_test_id("card")

    def card(self, task: Any) -> Locator:
        return self.page.locator(f'[data-testid="card"][data-task-id="{task["id"]}"]')

    def expect_names(self, column: int | str, names: list[str]) -> None:
        """Wait until a column holds exactly these cards, in this order."""
        expect(self.cards(column).get_by_role("link")).to_have_text(names)

    def grab(self, task: Any) -> None:
        """Press on a card and begin to drag it."""
        box = self.card(task).bounding_box()
        assert box
        self.page.mouse.move(box["x"] + 40, box["y"] + 12)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 60, box["y"] + 30, steps=4)

    def carry_to(self, target: Locator, *, at: float = 0.5) -> None:
        """Drag on to a place within ``target``: 0 its upper edge, 1 its lower one."""
        box = target.bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * at
        self.page.mouse.move(x - 5, y, steps=8)
        self.page.mouse.move(x, y, steps=3)

    def drop(self) -> None:
        self.page.mouse.up()

    def drag(self, task: Any, target: Locator, *, at: float = 0.5) -> None:
        self.grab(task)
        self.carry_to(target, at=at)
        self.drop()

    def open(self, task: Any) -> Locator:
        """Open a task by its card; returns the panel."""
        self.card(task).get_by_role("link").click()
        panel = self.page.get_by_test_id("task-panel")
        expect(panel.get_by_label("Status")).to_be_visible()
        return panel

    def choose(self, task: Any, item: str) -> None:
        """Choose an item of a card's menu with the keyboard alone."""
        button = self.card(task).get_by_role("button", name="Menu of")
        button.focus()
        self.page.keyboard.press("Enter")
        entry = self.page.get_by_role("menuitem", name=item)
        entry.focus()
        self.page.keyboard.press("Enter")

    def toast(self) -> Locator:
        return self.page.get_by_test_id("toast")

    def people(self) -> Locator:
        return self.page.get_by_test_id("presence").locator("[data-username]")


Pair = tuple[BoardPage, BoardPage]


def expect_everywhere(pair: Pair, column: int, names: list[str]) -> None:
    for board in pair:
        board.expect_names(column, names)
