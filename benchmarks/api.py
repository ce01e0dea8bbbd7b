"""Boards, lists and writes over HTTP, against the same written plainly in Django REST framework.

``python -m benchmarks.api`` makes a board of 2,000 tasks in a database of its own (SQLite, or a new
one beside DATABASE_URL), with a Redis of its own, and prints medians and ratios of one run. Both
sides go through the same middleware, authentication and test client, and let only members of a
project read and only its writers write; nothing is throttled. The plain side takes no lock, applies
no rules, publishes nothing and keeps no history; a move is held against its PATCH of a name.
"""

import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from tests.servers import OwnRedis
from tests.stack import new_database

ROUNDS = 40
SIZES = (100, 2000)


def prepare() -> OwnRedis:
    """Set Django up on throw-away servers, with the demo team."""
    folder = Path(tempfile.mkdtemp(prefix="sw-bench-"))
    redis = OwnRedis()
    redis.start()
    os.environ.update(
        DEBUG="on",
        THROTTLE="off",
        SECRET_KEY="benchmark-" + "x" * 40,
        WATERCOOLER_SECRET="bench:" + "x" * 40,
        REDIS_PREFIX="sprintwall-bench",
        REDIS_URL=redis.url,
        VAR_DIR=str(folder),
        DATABASE_URL=new_database(folder),
        DJANGO_SETTINGS_MODULE="scrum.settings",
    )
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("seed_demo", stdout=io.StringIO())
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.ROOT_URLCONF = "benchmarks.plain_urls"
    return redis


class Clients:
    """Signed-in clients and what they do; each call is one request."""

    def __init__(self) -> None:
        from django.contrib.auth.models import User
        from rest_framework.test import APIClient

        from board.models import Sprint, Task

        self.api = APIClient()
        self.api.force_login(User.objects.get(username="ana"))
        self.sprint = Sprint.objects.get(name="Sprint 12")
        testing = Task.objects.filter(sprint=self.sprint, status=3)
        self.task, *self.anchors = testing.order_by("?")[:9]
        self.numbers = count()
        self.etag = self.get(self.board_path)["ETag"]

    @property
    def board_path(self) -> str:
        return f"/api/sprints/{self.sprint.pk}/board/"

    def get(self, path: str, **headers: str) -> Any:
        answer = self.api.get(path, headers=headers)
        assert answer.status_code in (200, 304), answer.content
        return answer

    def patch(self, root: str) -> None:
        name = f"Name {next(self.numbers)}"
        answer = self.api.patch(f"{root}/{self.task.pk}/", {"name": name}, format="json")
        assert answer.status_code == 200, answer.content

    def move(self) -> None:
        anchor = self.anchors[next(self.numbers) % len(self.anchors)]
        place = {"sprint": self.sprint.pk, "status": 3, "before": anchor.pk}
        answer = self.api.post(f"/api/tasks/{self.task.pk}/move/", place, format="json")
        assert answer.status_code == 200, answer.content


def medians_ms(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Time all calls in turn, so that a noisy machine is as noisy to each of them."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(taken) * 1000 for name, taken in times.items()}


def measure() -> dict[str, float]:
    clients = Clients()
    sprint = clients.sprint.pk
    return medians_ms(
        {
            "plain board": lambda: clients.get(f"/plain/tasks/?sprint={sprint}"),
            "board": lambda: clients.get(clients.board_path),
            "board, 304": lambda: clients.get(
                clients.board_path, **{"If-None-Match": clients.etag}
            ),
            "plain list of 100": lambda: clients.get("/plain/tasks/?limit=100"),
            "list of 100": lambda: clients.get("/api/tasks/?page_size=100"),
        }
    ) | medians_ms(
        {
            "plain PATCH": lambda: clients.patch("/plain/tasks"),
            "PATCH": lambda: clients.patch("/api/tasks"),
            "move": clients.move,
        }
    )


PAIRS = (
    ("board", "plain board"),
    ("board, 304", "plain board"),
    ("list of 100", "plain list of 100"),
    ("PATCH", "plain PATCH"),
    ("move", "plain PATCH"),
)


def main() -> None:
    redis = prepare()
    try:
        from django.db import connection

        from board import demo
        from board.models import Project

        project = Project.objects.get()
        print(f"{connection.vendor}, medians of {ROUNDS} in one run")
        print(f"{'tasks':>6}  {'what':<14}{'ms':>8}  {'plain ms':>8}  ratio")
        for size in SIZES:
            demo.seed_tasks(project=project, count=size - project.tasks.count())
            took = measure()
            for ours, plain in PAIRS:
                ratio = took[ours] / took[plain]
                print(f"{size:>6}  {ours:<14}{took[ours]:8.2f}  {took[plain]:8.2f}  {ratio:.2f}")
    finally:
        redis.close()


if __name__ == "__main__":
    main()
