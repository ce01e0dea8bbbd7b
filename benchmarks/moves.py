"""Eight people moving cards at once through the whole product.

``python -m benchmarks.moves`` starts web (2 workers), watercooler, relay and Redis with a board of
100 and one of 2,000 cards, on SQLite or beside the PostgreSQL of DATABASE_URL, and prints moves per
second, the median of one move, and how many failed. A 409 is an answer to a lost race: the client
asks for the card and tries again, as the browser does.
"""

import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from tests.stack import Stack

CLIENTS = 8
MOVES_PER_CLIENT = 100
SIZES = (100, 2000)


def move_cards(stack: Stack, sprint: int, tasks: list[int], seed: int) -> tuple[list[float], int]:
    """Move random cards next to random others; returns seconds of each move, and failures."""
    rng = random.Random(seed)
    session = stack.session(("ana", "ben", "chloe", "demo")[seed % 4])
    took, failed = [], 0
    for _ in range(MOVES_PER_CLIENT):
        card = rng.choice(tasks)
        place: dict[str, Any] = {"sprint": sprint, "status": rng.randint(1, 3)}
        started = time.perf_counter()
        answer = session.post(f"{stack.url}/api/tasks/{card}/move/", json=place, timeout=60)
        took.append(time.perf_counter() - started)
        failed += answer.status_code not in (200, 409)
    return took, failed


def cards_of(stack: Stack, session: requests.Session, sprint: int) -> list[int]:
    """Ids of the cards that are not done, for a done card keeps its place in the sprint."""
    board = session.get(f"{stack.url}/api/sprints/{sprint}/board/").json()
    return [card["id"] for card in board["tasks"] if card["status"] != 4]


def measure(stack: Stack, sprint: int) -> None:
    tasks = cards_of(stack, stack.session("ana"), sprint)
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        runs = [pool.submit(move_cards, stack, sprint, tasks, seed) for seed in range(CLIENTS)]
        results = [run.result() for run in runs]
    seconds = time.perf_counter() - started
    took = [each for times, _ in results for each in times]
    failed = sum(failures for _, failures in results)
    print(
        f"{len(tasks):>6} open cards: {len(took) / seconds:6.0f} moves/s, median of one "
        f"{statistics.median(took) * 1000:5.1f} ms, {failed} of {len(took)} failed"
    )


def main() -> None:
    stack = Stack()
    try:
        stack.start()
        database = stack.environment["DATABASE_URL"].partition(":")[0]
        print(f"{CLIENTS} clients on {database}, in one run")
        session = stack.session("ana")
        found = session.get(f"{stack.url}/api/sprints/?search=Sprint 12").json()["results"]
        for size in SIZES:
            have = session.get(f"{stack.url}/api/tasks/").json()["count"]
            stack.manage("seed_demo", "--tasks", str(max(0, size - have)))
            measure(stack, found[0]["id"])
    finally:
        stack.close()


if __name__ == "__main__":
    main()
