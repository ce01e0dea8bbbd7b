"""A board of 2,000 tasks in a real Chromium: loading, remote changes, dragging.

``python -m benchmarks.browser`` starts the whole product with a database and a Redis of its own,
adds the tasks, and prints medians of one run. The machine also runs the product and the person who
makes the changes, so the figures are upper bounds.
"""

import argparse
import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.chromium import on_path
from tests.e2e.boards import DONE, IN_PROGRESS, TO_DO, BoardPage
from tests.e2e.people import Api
from tests.stack import DEMO_PASSWORD, Stack

CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
VIEWPORT: ViewportSize = {"width": 1440, "height": 900}
LOADS = 5
CHANGES = 20
CHANGES_PER_SECOND = 20
LOAD_SECONDS = 6

# Runs before the page's own scripts. `arrived` holds when frames came, `longtasks` what blocked.
PROBES = """
window.arrived = [];
window.longtasks = [];
new PerformanceObserver((list) => window.longtasks.push(...list.getEntries()
  .map(({startTime, duration}) => ({startTime, duration})))).observe({entryTypes: ["longtask"]});
window.WebSocket = class extends WebSocket {
  constructor(...words) {
    super(...words);
    this.addEventListener("message", () => window.arrived.push(performance.now()));
  }
};
window.painted = () => new Promise((resolve) => requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => resolve(performance.now());
  channel.port2.postMessage(null);
}));
window.whenCards = (count) => new Promise((resolve) => {
  const look = () => {
    const isThere = document.getElementsByTagName("article").length >= count;
    if (isThere) window.painted().then(resolve);
    else setTimeout(look, 10);
  };
  look();
});
"""

# Resolves to [ms from the frame to the paint, cards whose markup changed].
WATCH_CARD = """([id, column]) => {
  const selector = `[data-testid="column-${column}"] [data-task-id="${id}"]`;
  const touched = new Set();
  const since = window.arrived.length;
  window.seen = new Promise((resolve) => {
    const observer = new MutationObserver((records) => {
      for (const {target} of records) {
        const element = target.nodeType === 1 ? target : target.parentElement;
        const card = element?.closest("[data-slot]");
        if (card) touched.add(card.dataset.slot);
      }
      if (!document.querySelector(selector)) return;
      const arrived = window.arrived[since];
      window.painted().then((at) => {
        observer.disconnect();
        resolve([at - arrived, touched.size]);
      });
    });
    observer.observe(document.querySelector(".board"),
      {subtree: true, childList: true, attributes: true, characterData: true});
  });
}"""

COUNT_FRAMES = """() => {
  window.frames_ = [];
  const frame = (at) => {
    window.frames_.push(at);
    window.counting = requestAnimationFrame(frame);
  };
  window.counting = requestAnimationFrame(frame);
}"""

FRAME_INTERVALS = """() => {
  cancelAnimationFrame(window.counting);
  return window.frames_.slice(1).map((at, index) => at - window.frames_[index]);
}"""


class Bench:
    """One window on a big board, and a colleague who changes it by script."""

    def __init__(self, stack: Stack, browser: Browser) -> None:
        self.api = Api(stack, "ben")
        self.sprint = current_sprint(self.api)
        self.ids = [card["id"] for card in self._cards()]
        context = browser.new_context(
            base_url=stack.url,
            viewport=VIEWPORT,
            reduced_motion="no-preference",
        )
        context.add_init_script(PROBES)
        self.page = context.new_page()
        sign_in(self.page, "ana")

    def _cards(self) -> list[Any]:
        return list(self.api.get(f"/sprints/{self.sprint}/board/")["tasks"])

    def load(self) -> float:
        """Milliseconds from navigation until every card is there and painted."""
        self.page.goto(f"/sprints/{self.sprint}")
        loaded = float(self.page.evaluate("(count) => window.whenCards(count)", len(self.ids)))
        BoardPage(self.page).wait_until_live()
        return loaded

    def remote_change(self, column: int) -> tuple[float, int]:
        task = self.ids[0]
        self.page.evaluate(WATCH_CARD, [task, column])
        assert self.api.move(task, status=column).status_code == 200
        delay, touched = self.page.evaluate("window.seen")
        time.sleep(0.3)
        return delay, touched

    def under_load(self) -> tuple[int, list[float]]:
        """Changes made in some seconds, and the tasks over 50 ms that the page had meanwhile."""
        self.page.evaluate("window.longtasks.length = 0")
        made = 0
        started = time.monotonic()
        with_lock = threading.Lock()

        def change(seed: int) -> None:
            nonlocal made
            chance = random.Random(seed)
            while time.monotonic() < started + LOAD_SECONDS:
                answer = self.api.move(
                    chance.choice(self.ids), status=chance.choice((TO_DO, IN_PROGRESS, DONE))
                )
                with with_lock:
                    made += answer.status_code == 200
                    due = started + made / CHANGES_PER_SECOND
                time.sleep(max(0.0, due - time.monotonic()))

        threads = [threading.Thread(target=change, args=(seed,)) for seed in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.page.wait_for_timeout(500)
        found = self.page.evaluate("window.longtasks.map(({duration}) => duration)")
        return made, [float(duration) for duration in found]

    def drag(self) -> list[float]:
        """Intervals between frames, in milliseconds, while a card is carried about."""
        board = BoardPage(self.page)
        card = board.cards(TO_DO).first
        box = card.bounding_box()
        assert box
        mouse = self.page.mouse
        mouse.move(box["x"] + 40, box["y"] + 12)
        mouse.down()
        mouse.move(box["x"] + 60, box["y"] + 30, steps=4)
        self.page.evaluate(COUNT_FRAMES)
        for x, y in [(900, 300), (600, 500), (1200, 400), (500, 300), (900, 600)]:
            mouse.move(x, y, steps=30)
        intervals = self.page.evaluate(FRAME_INTERVALS)
        self.page.keyboard.press("Escape")
        mouse.up()
        return [float(interval) for interval in intervals]


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=on_path(), args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


def current_sprint(api: Api) -> int:
    """The demo team's sprint whose board ``fill`` makes big."""
    return int(api.get("/sprints/?search=Sprint 12")["results"][0]["id"])


def fill(stack: Stack, api: Api, sprint: int, size: int) -> int:
    """Bring the sprint to ``size`` cards; returns how many it has."""
    path = f"/sprints/{sprint}/board/"
    stack.manage("seed_demo", "--tasks", str(max(0, size - len(api.get(path)["tasks"]))))
    return len(api.get(path)["tasks"])


def sign_in(page: Page, username: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Current sprint").wait_for()


def run(tasks: int) -> None:
    stack = Stack()
    try:
        stack.start()
        stack.manage("seed_demo", "--tasks", str(tasks))
        with chromium() as browser:
            measure(Bench(stack, browser))
    finally:
        stack.close()


def measure(bench: Bench) -> None:
    print(f"{len(bench.ids)} tasks on the board")
    first, *loads = [bench.load() for _ in range(LOADS + 1)]
    say("all cards painted after navigation, warm cache", loads)
    print(f"  the first time, cold cache: {first:.0f} ms")
    longest = bench.page.evaluate("Math.max(0, ...window.longtasks.map(({duration}) => duration))")
    print(f"  longest task while loading: {longest:.0f} ms")
    columns = [IN_PROGRESS, DONE] * (CHANGES // 2)
    changes = [bench.remote_change(column) for column in columns]
    say("remote change painted after its frame", [delay for delay, _ in changes])
    print(f"  cards whose markup changed: {statistics.median(t for _, t in changes):.0f}")
    made, longtasks = bench.under_load()
    print(
        f"{made / LOAD_SECONDS:.0f} changes a second: {len(longtasks)} tasks over 50 ms, "
        f"longest {max(longtasks, default=0):.0f} ms"
    )
    intervals = bench.drag()
    late = sum(interval > 25 for interval in intervals)
    say("frame interval while dragging", intervals)
    print(f"  frames later than 25 ms: {late} of {len(intervals)}")


def say(what: str, figures: list[float]) -> None:
    print(f"{what}: median {statistics.median(figures):.0f} ms, most {max(figures):.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=2000)
    run(parser.parse_args().tasks)


if __name__ == "__main__":
    main()
