"""How reads and writes grow with the number of tasks: 10 to 10,000, all in one sprint.

``python -m benchmarks.growth`` works as ``benchmarks.api`` does, and prints, for each size, the
median time of a request and its number of queries. Times are also given as ratios to 10 tasks: a
snapshot holds all of them, the other requests always do the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

from benchmarks import results
from benchmarks.api import Clients, medians_ms, prepare

SIZES = (10, 100, 1000, 10_000)


@dataclass(frozen=True)
class Cost:
    """Of one request: median milliseconds, and queries."""

    ms: float
    queries: int


Calls = dict[str, Callable[[], object]]


def reads(clients: Clients) -> Calls:
    unchanged = {"If-None-Match": clients.get(clients.board_path)["ETag"]}
    return {
        "snapshot": lambda: clients.get(clients.board_path),
        "snapshot, 304": lambda: clients.get(clients.board_path, **unchanged),
        "list, a page of 100": lambda: clients.get("/api/tasks/?page_size=100"),
    }


def writes(clients: Clients) -> Calls:
    return {"PATCH": lambda: clients.patch("/api/tasks"), "move": mover(clients)}


def mover(clients: Clients) -> Callable[[], object]:
    """Moves a card to and fro between two columns, each time before another card."""
    from board.models import Task

    def anchor_in(status: int) -> int:
        tasks = Task.objects.filter(sprint=clients.sprint, status=status).exclude(pk=card)
        return tasks.values_list("pk", flat=True)[0]

    card = clients.task.pk
    places = cycle((status, anchor_in(status)) for status in (2, 3))

    def move() -> None:
        status, anchor = next(places)
        place = {"sprint": clients.sprint.pk, "status": status, "before": anchor}
        answer = clients.api.post(f"/api/tasks/{card}/move/", place, format="json")
        assert answer.status_code == 200, answer.content

    return move


def measure(calls: Calls) -> dict[str, Cost]:
    counts = {name: queries(call) for name, call in calls.items()}
    took = medians_ms(calls)
    return {name: Cost(took[name], counts[name]) for name in calls}


def queries(call: Callable[[], object]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    call()
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def main() -> None:
    redis = prepare()
    try:
        found = grow()
    finally:
        redis.close()
    results.record("growth", found)


def grow() -> dict[str, dict[str, dict[str, float]]]:
    """Print the costs size by size; returns them."""
    from board import demo
    from board.models import Project, Task

    # The demo team's own tasks are more than the smallest size.
    Task.objects.all().delete()
    project = Project.objects.get()
    found: dict[str, dict[str, dict[str, float]]] = {}
    smallest: dict[str, Cost] = {}
    for size in SIZES:
        demo.seed_tasks(project=project, count=size - project.tasks.count())
        clients = Clients()
        # Writes come last: they make a 304 a 200.
        costs = measure(reads(clients)) | measure(writes(clients))
        smallest = smallest or costs
        print(f"\n{size:,} tasks")
        for name, cost in costs.items():
            ratio = cost.ms / smallest[name].ms
            print(f"  {name:<20}{cost.ms:8.2f} ms ({ratio:6.1f}x)   {cost.queries} queries")
        found[str(size)] = {name: vars(cost) for name, cost in costs.items()}
    return found


if __name__ == "__main__":
    main()
