"""Lighthouse's figures of the pages that people see first, in a real Chromium.

``python -m benchmarks.vitals`` starts the whole product and loads each page with an empty cache
("cold") and once more ("warm"): first as the machine is, then with a processor a quarter as fast
and a line of 1.6 Mbit/s and 150 ms. These are Lighthouse's "Slow 4G" for phones, ``mobileSlow4G``
in https://github.com/GoogleChrome/lighthouse/blob/main/core/config/constants.js; the window is a
desktop's. Service workers are left out: what they fetch would not be slowed down.

Bounds of what counts as good: https://web.dev/articles/fcp, /lcp, /tbt and /cls.
"""

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page, StorageState

from benchmarks.browser import VIEWPORT, chromium, current_sprint, fill, sign_in
from tests.e2e.people import Api
from tests.stack import Stack

ROUNDS = 3
BOARDS = (500, 2000)
PATIENCE_MS = 60_000
LONG_TASK_MS = 50

CPU_SLOWDOWN = 4
BYTES_PER_SECOND = 1.6 * 1024 * 1024 / 8
LATENCY_MS = 150

# Runs before the page's own scripts. A page is quiet when it shows what it is for, and nothing was
# painted late, moved or blocked for half a second.
PROBE = """
window.noted = [];
for (const type of ["paint", "largest-contentful-paint", "layout-shift", "longtask"])
  new PerformanceObserver((list) => window.noted.push(...list.getEntries().map(
    ({entryType, name, startTime, duration, value, hadRecentInput}) =>
      ({type: entryType, name, startTime, duration, value, hadRecentInput})
  ))).observe({type, buffered: true});
window.whenQuiet = ([selector, count]) => new Promise((resolve) => {
  let before = -1;
  let since = 0;
  const look = () => {
    const isThere = document.querySelectorAll(selector).length >= count
      && window.noted.some(({type}) => type === "largest-contentful-paint");
    if (!isThere || window.noted.length !== before) since = performance.now();
    before = window.noted.length;
    if (performance.now() - since >= 500) resolve(window.noted);
    else setTimeout(look, 50);
  };
  look();
});
"""


class Vitals(NamedTuple):
    """First and largest contentful paint and total blocking time in ms, layout shift as a score."""

    first_paint: float
    largest_paint: float
    blocked: float
    shift: float


GOOD = Vitals(1800, 2500, 200, 0.1)


class ReleasedStack(Stack):
    """Serves the client as production does: compressed, and without Django's debug mode."""

    def start(self) -> None:
        self.manage("collectstatic", "--no-input")
        super().start()

    def variables(self, name: str) -> dict[str, str]:
        return {**super().variables(name), "DEBUG": "off"}


@dataclass(frozen=True)
class Target:
    """A page, and how many elements of which kind tell that it is there."""

    name: str
    path: str
    selector: str
    count: int = 1
    is_open: bool = False


def targets(stack: Stack) -> Iterator[Target]:
    """The pages, one after the other; the board grows in between."""
    api = Api(stack, "ben")
    sprint = current_sprint(api)
    board = api.get(f"/sprints/{sprint}/board/")
    path = f"/sprints/{sprint}"
    yield Target("sign-in", "/sign-in", "form button", is_open=True)
    yield Target("sprints", f"/projects/{board['project']['id']}", "main section li")
    cards = len(board["tasks"])
    yield Target(f"board, {cards} tasks", path, "article", cards)
    yield Target(
        "task beside board",
        f"{path}/tasks/{board['tasks'][0]['id']}",
        "[data-testid=task-panel] textarea",
    )
    for size in BOARDS:
        cards = fill(stack, api, sprint, size)
        yield Target(f"board, {cards:,} tasks", path, "article", cards)


def vitals(entries: Iterable[dict[str, Any]]) -> Vitals:
    """What a page's performance entries come to."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        kinds.setdefault(entry["type"], []).append(entry)
    [first] = [e["startTime"] for e in kinds["paint"] if e["name"] == "first-contentful-paint"]
    return Vitals(
        first,
        kinds["largest-contentful-paint"][-1]["startTime"],
        blocked(kinds.get("longtask", []), first),
        shift(kinds.get("layout-shift", [])),
    )


def blocked(tasks: Iterable[dict[str, Any]], since: float) -> float:
    """What tasks take beyond 50 ms each, after ``since`` (the first paint)."""
    total = 0.0
    for task in tasks:
        start, end = task["startTime"], task["startTime"] + task["duration"]
        total += max(0.0, end - max(since, start) - LONG_TASK_MS)
    return total


def shift(entries: Iterable[dict[str, Any]]) -> float:
    """The worst burst of shifts: up to 5 s, with pauses under 1 s; a person's own do not count."""
    worst = total = 0.0
    began = last = float("-inf")
    for entry in entries:
        if entry["hadRecentInput"]:
            continue
        at = entry["startTime"]
        if at - last >= 1000 or at - began >= 5000:
            began, total = at, 0.0
        last = at
        total += entry["value"]
        worst = max(worst, total)
    return worst


def slow_down(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    devtools.send("Network.enable")
    line = {"downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND}
    conditions = {"offline": False, "latency": LATENCY_MS, **line}
    devtools.send("Network.emulateNetworkConditions", conditions)


def load(page: Page, target: Target) -> Vitals:
    page.goto(target.path, wait_until="commit")
    entries = page.evaluate("(target) => whenQuiet(target)", [target.selector, target.count])
    return vitals(entries)


def visit(context: BrowserContext, target: Target, *, is_slow: bool) -> tuple[Vitals, Vitals]:
    """Load a page cold and then warm, in a context without a history."""
    context.add_init_script(PROBE)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    if is_slow:
        slow_down(page)
    return load(page, target), load(page, target)


def measure(
    browser: Browser, stack: Stack, target: Target, person: StorageState, *, is_slow: bool
) -> tuple[Vitals, Vitals]:
    """Medians of the rounds, cold and warm."""
    rounds = []
    for _ in range(ROUNDS):
        with browser.new_context(
            base_url=stack.url,
            viewport=VIEWPORT,
            service_workers="block",
            storage_state=None if target.is_open else person,
        ) as context:
            rounds.append(visit(context, target, is_slow=is_slow))
    cold, warm = (
        Vitals(*map(statistics.median, zip(*runs, strict=True)))
        for runs in zip(*rounds, strict=True)
    )
    return cold, warm


def signed_in(browser: Browser, stack: Stack) -> StorageState:
    """The cookies of somebody who has signed in."""
    with browser.new_context(base_url=stack.url) as context:
        sign_in(context.new_page(), "ana")
        return context.storage_state()


def row(name: str, cells: Iterable[str]) -> str:
    return f"{name:<32}" + "".join(f"{cell:>15}" for cell in cells)


def figures(found: Vitals) -> list[str]:
    """As people read them; "!" marks what is beyond its bound."""
    marks = ["!" if value > bound else " " for value, bound in zip(found, GOOD, strict=True)]
    *times, score = found
    texts = [f"{time:,.0f} ms" for time in times] + [f"{score:.3f}"]
    return [text + mark for text, mark in zip(texts, marks, strict=True)]


def main() -> None:
    stack = ReleasedStack()
    print(row(f"medians of {ROUNDS}", ("first paint", "largest paint", "blocked", "layout shift")))
    print(row("good, up to", figures(GOOD)))
    try:
        stack.start()
        with chromium() as browser:
            person = signed_in(browser, stack)
            for target in targets(stack):
                for speed, is_slow in (("", False), (", slowed", True)):
                    pair = measure(browser, stack, target, person, is_slow=is_slow)
                    for cache, found in zip(("cold", "warm"), pair, strict=True):
                        print(row(f"{target.name}, {cache}{speed}", figures(found)), flush=True)
    finally:
        stack.close()


if __name__ == "__main__":
    main()
