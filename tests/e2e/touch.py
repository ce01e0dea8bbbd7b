"""A finger on a touch screen, as the browser itself hears it."""

from playwright.sync_api import Locator, Page

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


class Finger:
    def __init__(self, page: Page) -> None:
        self._devtools = page.context.new_cdp_session(page)
        self.x = self.y = 0.0

    def press(self, target: Locator, *, at: float = 0.5) -> None:
        """Put the finger on something that has come to rest: 0 its left edge, 1 its right one."""
        target.tap(trial=True)
        box = target.bounding_box()
        assert box
        self.x, self.y = box["x"] + box["width"] * at, box["y"] + box["height"] / 2
        self._send("touchStart")

    def slide_to(self, x: float, y: float, *, steps: int = 8) -> None:
        start_x, start_y = self.x, self.y
        for step in range(1, steps + 1):
            self.x = start_x + (x - start_x) * step / steps
            self.y = start_y + (y - start_y) * step / steps
            self._send("touchMove")

    def lift(self) -> None:
        self._send("touchEnd")

    def swipe(self, target: Locator, *, at: float = 0.5, across: int = 0, down: int = 0) -> None:
        """Press on something and slide by so many pixels, as for scrolling."""
        self.press(target, at=at)
        self.slide_to(self.x + across, self.y + down)
        self.lift()

    def _send(self, kind: str) -> None:
        points = [] if kind == "touchEnd" else [{"x": self.x, "y": self.y}]
        self._devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
