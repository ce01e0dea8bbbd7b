"""From a commit to the last of many sockets, and to the picture in the last of some browsers.

``python -m benchmarks.paint`` starts the whole product with a board of 100 and one of 2,000 cards.
200 people watch it on plain websockets and three in windows of Chromium, while a colleague moves
cards by the API, one a second, between the tops of two columns. All clocks are the machine's.

A commit's time is the ``ts`` of its event: taken inside the transaction, so the commit itself is in
every figure. A card is painted when the first frame (requestAnimationFrame) has been drawn in which
it stands in its new column, where it may still be on its way for 180 ms.
"""

import json
import mmap
import random
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect

from benchmarks import results
from benchmarks.browser import VIEWPORT, chromium, current_sprint, fill, sign_in
from scrum.environment import ROOT
from tests.e2e.boards import IN_PROGRESS, TESTING
from tests.e2e.people import Api
from tests.servers import wait_until
from tests.stack import Stack

SIZES = (100, 2000)
WATCHERS = 200
PEOPLE = ("ana", "chloe", "demo")
MOVES = 100
MOVES_PER_SECOND = 1.0
NEAR_TOP = 5
PATIENCE_SECONDS = 60
COUNTERS = "<QQQ"

# Runs before the page's own scripts: `window.paints` gets [ts, frame came, card painted] of every
# change of a column. The message handler is the socket's first, so it does not wait for the page.
PROBE = """
window.paints = [];
// A message sent in a frame comes when that frame has been drawn.
const drawn = () => new Promise((resolve) => requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = resolve;
  channel.port2.postMessage(null);
}));
// A window that lags may go past a place: then the card's next one is looked for. Cards come to the
// top, so that is all that is looked at: searching a whole board would take longer than drawing it.
const columns = new Map();
const elements = new Map();
const columnOf = (status) => {
  if (!elements.get(status)?.isConnected)
    elements.set(status, document.querySelector(`[data-testid="column-${status}"]`));
  return elements.get(status);
};
const isShown = (id) => {
  const cards = columnOf(columns.get(id)).getElementsByTagName("article");
  for (let at = 0; at < 12 && at < cards.length; at++)
    if (cards[at].dataset.taskId === String(id)) return true;
  return false;
};
const look = async ({id, body, ts}, arrived) => {
  columns.set(id, body.status);
  do await drawn(); while (!isShown(id));
  window.paints.push([ts, arrived, Date.now()]);
};
// A big board is drawn in portions: it is there when a second has added no card.
window.whenSettled = async () => {
  const cards = document.getElementsByTagName("article");
  for (let before = -1; before !== cards.length;) {
    before = cards.length;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await drawn();
  }
};
window.WebSocket = class extends WebSocket {
  constructor(...words) {
    super(...words);
    this.addEventListener("message", ({data}) => {
      const arrived = Date.now();
      for (const line of data.split("\\n")) {
        const event = JSON.parse(line);
        if (event.changed?.status) void look(event, arrived);
      }
    });
  }
};
"""

Series = dict[str, list[float]]


class Sockets:
    """The watchers' process; ``counters`` are connections open, deliveries, and nothing."""

    def __init__(self, stack: Stack, board: dict[str, Any], count: int) -> None:
        self._progress = stack.folder / "progress"
        self._progress.write_bytes(bytes(struct.calcsize(COUNTERS)))
        with self._progress.open("r+b") as file:
            self._counters = mmap.mmap(file.fileno(), 0)
        channels = sorted(board["channels"], reverse=True)
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.watchers", str(count)),
                *(str(stack.watercooler_ports[0]), ",".join(channels)),
                *(stack.environment["REDIS_PREFIX"], json.dumps(board["channels"])),
                str(self._progress),
            ],
            cwd=ROOT,
            env=stack.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    @property
    def counters(self) -> tuple[int, ...]:
        return struct.unpack(COUNTERS, self._counters)

    def arrivals(self) -> dict[int, list[float]]:
        """End the watching; returns what ``benchmarks.watchers`` prints."""
        printed = json.loads(self.process.communicate()[0])
        return {int(ts): seen for ts, seen in printed.items()}


@contextmanager
def watching(stack: Stack, board: dict[str, Any], count: int) -> Iterator[Sockets]:
    sockets = Sockets(stack, board, count)
    try:
        wait_until(lambda: sockets.counters[0] == count, seconds=PATIENCE_SECONDS)
        yield sockets
    finally:
        sockets.process.kill()
        sockets.process.wait()


@contextmanager
def windows(
    stack: Stack, browser: Browser, sprint: int, people: tuple[str, ...]
) -> Iterator[list[Page]]:
    """One signed-in window for each of ``people``, with the whole board, live."""
    with ExitStack() as closing:
        pages = []
        for person in people:
            context = browser.new_context(base_url=stack.url, viewport=VIEWPORT)
            closing.callback(context.close)
            context.add_init_script(PROBE)
            context.set_default_timeout(PATIENCE_SECONDS * 1000)
            pages.append(context.new_page())
            sign_in(pages[-1], person)
            pages[-1].goto(f"/sprints/{sprint}")
        for page in pages:
            state = page.get_by_test_id("live-state")
            expect(state).to_have_attribute("data-state", "live", timeout=PATIENCE_SECONDS * 1000)
        for page in pages:
            page.evaluate("window.whenSettled()")
        yield pages


class Writer:
    """Moves cards from near the top of one column to the top of another, and back.

    There the windows show them, and columns need not be numbered anew. A card that has come to the
    top rests for ten moves.
    """

    def __init__(self, api: Api, tasks: list[dict[str, Any]]) -> None:
        self._api = api
        self._columns = {
            status: [card["id"] for card in tasks if card["status"] == status]
            for status in (IN_PROGRESS, TESTING)
        }

    def move(self, number: int) -> tuple[float, float]:
        """Returns when the request left and when its answer was there, ms since 1970."""
        there, here = (IN_PROGRESS, TESTING)[:: 1 if number % 2 else -1]
        source, target = self._columns[here], self._columns[there]
        card = source.pop(min(NEAR_TOP, len(source) - 1))
        sent = time.time() * 1000
        answer = self._api.move(card, status=there, before=target[0])
        assert answer.status_code == 200, answer.text
        target.insert(0, card)
        return sent, time.time() * 1000


def measure(
    stack: Stack,
    browser: Browser,
    sprint: int,
    *,
    watchers: int = WATCHERS,
    people: tuple[str, ...] = PEOPLE,
    moves: int = MOVES,
    per_second: float = MOVES_PER_SECOND,
) -> Series:
    """Milliseconds of every move, by stage."""
    api = Api(stack, "ben")
    board = api.get(f"/sprints/{sprint}/board/")
    writer = Writer(api, board["tasks"])
    with (
        windows(stack, browser, sprint, people) as pages,
        watching(stack, board, watchers) as sockets,
    ):
        times = []
        pause = random.Random(1)
        for number in range(moves):
            times.append(writer.move(number))
            time.sleep(pause.uniform(0.5, 1.5) / per_second)
        wait_until(lambda: sockets.counters[1] >= watchers * moves, seconds=PATIENCE_SECONDS)
        paints = [painted(page, moves) for page in pages]
        arrivals = sockets.arrivals()
    return stages(times, arrivals, paints, watchers)


def painted(page: Page, moves: int) -> dict[int, tuple[float, float]]:
    """When each frame came to a window, and when its card was painted, by the event's ``ts``."""
    page.wait_for_function("(moves) => window.paints.length >= moves", arg=moves)
    return {ts: (arrived, at) for ts, arrived, at in page.evaluate("window.paints")}


def stages(
    times: list[tuple[float, float]],
    arrivals: dict[int, list[float]],
    paints: list[dict[int, tuple[float, float]]],
    watchers: int,
) -> Series:
    """Put together what the writer, the sockets and the windows saw of the same events."""
    series: Series = {name: [] for name in STAGES}
    assert len(arrivals) == len(times)
    for ts, (sent, answered) in zip(sorted(arrivals), times, strict=True):
        first, last, count = arrivals[ts]
        assert count == watchers, f"{count} of {watchers} watchers had the event of {ts}"
        assert sent - 1 <= ts <= answered
        series["answer"].append(answered - ts)
        series["first socket"].append(first - ts)
        series["last socket"].append(last - ts)
        series["last browser's frame"].append(max(page[ts][0] for page in paints) - ts)
        series["last paint"].append(max(page[ts][1] for page in paints) - ts)
    return series


STAGES = ("answer", "first socket", "last socket", "last browser's frame", "last paint")


def summary(series: Series) -> dict[str, dict[str, float]]:
    """Median and 99th percentile of each stage."""
    return {
        name: {
            "median": round(statistics.median(taken), 1),
            "p99": round(statistics.quantiles(taken, n=100, method="inclusive")[98], 1),
        }
        for name, taken in series.items()
    }


def say(cards: int, stages: dict[str, dict[str, float]]) -> None:
    print(f"\n{cards:,} cards, {WATCHERS} sockets, {len(PEOPLE)} browsers: from the commit, ms")
    for name, taken in stages.items():
        print(f"  {name:<22} median {taken['median']:6.1f}   p99 {taken['p99']:6.1f}", flush=True)


def say_growth(small: dict[str, Any], big: dict[str, Any]) -> None:
    for name in ("last socket", "last paint"):
        ratio = big["stages"][name]["median"] / small["stages"][name]["median"]
        print(f"{name}: {ratio:.2f} times with {big['cards']:,} cards against {small['cards']:,}")


def main() -> None:
    stack = Stack()
    found = []
    try:
        stack.start()
        api = Api(stack, "ben")
        sprint = current_sprint(api)
        with chromium() as browser:
            for size in SIZES:
                cards = fill(stack, api, sprint, size)
                taken = summary(measure(stack, browser, sprint))
                say(cards, taken)
                found.append({"cards": cards, "stages": taken})
    finally:
        stack.close()
    say_growth(*found)
    results.record("paint", {"sockets": WATCHERS, "browsers": len(PEOPLE), "boards": found})


if __name__ == "__main__":
    main()
