"""Writers: people's scripts that change a board without pause, and never take no answer for one.

Each change has a mutation id and is repeated with it until there is a definite answer: any status
below 500. So each is done once or refused, whatever happened on the way.
"""

import asyncio
import random
import re
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.faults.replica import Json

HTTP_SECONDS = 8.0
RETRY_SECONDS = 0.3
MOST_TASKS = 90
LONG_TEXT = "long words " * 2000
FAILED = 500
REUSED = 422


@dataclass(frozen=True, slots=True)
class Answered:
    """A change that was surely made, with the time (monotonic) of its answer."""

    mutation: str
    request: str
    answered_at: float


@dataclass
class Ledger:
    """What all writers know: tasks that may exist, and what was answered to them."""

    tasks: set[int] = field(default_factory=set)
    done: list[Answered] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    changes: int = 0
    _restored_at: float = 0.0

    def note(self, request: str, mutation: str, sent_at: float) -> None:
        """A change was answered. It binds unless the database was exchanged while it was made."""
        self.changes += 1
        if sent_at > self._restored_at:
            self.done.append(Answered(mutation, request, time.monotonic()))

    def forget_since(self, copied_at: float) -> None:
        """The database is again what it was at ``copied_at``: later answers bind nobody now."""
        self.done = [one for one in self.done if one.answered_at < copied_at]
        self._restored_at = time.monotonic()


def error_in(page: str) -> str:
    """The first words of Django's page about an error."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.partition("<body>")[2]).split())[:300]


class Writer:
    """One person at work on the sprints; ``run`` goes on until it is cancelled."""

    def __init__(
        self,
        *,
        url: str,
        session: requests.Session,
        sprints: list[int],
        ledger: Ledger,
        rng: random.Random,
        pause_seconds: float,
    ) -> None:
        self._url = url
        self._session = session
        self._sprints = sprints
        self._ledger = ledger
        self._rng = rng
        self._pause_seconds = pause_seconds
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.is_idle = asyncio.Event()

    async def run(self) -> None:
        while True:
            if not self.may_write.is_set():
                self.is_idle.set()
                await self.may_write.wait()
                self.is_idle.clear()
            await self._change(*self._next())
            await asyncio.sleep(self._rng.uniform(0, 2 * self._pause_seconds))

    def _next(self) -> tuple[str, str, Json | None]:
        """Choose method, path and body of the next change."""
        tasks = self._ledger.tasks
        dice = self._rng.random()
        if not tasks or dice < 0.12:
            return "POST", "/api/tasks/", {"name": self._words(), "sprint": self._place()}
        task = self._rng.choice(sorted(tasks))
        if dice < 0.18 or len(tasks) > MOST_TASKS:
            return "DELETE", f"/api/tasks/{task}/", None
        if dice < 0.20:
            sprint = self._rng.choice(self._sprints)
            return "PATCH", f"/api/sprints/{sprint}/", {"name": self._words()}
        if dice < 0.25:
            return "POST", "/api/comments/", {"task": task, "text": self._words()}
        if dice < 0.50:
            return "PATCH", f"/api/tasks/{task}/", self._fields()
        return "POST", f"/api/tasks/{task}/move/", self._destination(task)

    def _fields(self) -> Json:
        fields: Json = {"name": self._words()}
        if self._rng.random() < 0.3:
            fields["assigned"] = self._rng.choice(["ana", "ben", None])
        if self._rng.random() < 0.2:
            fields["description"] = self._rng.choice(["", "words", LONG_TEXT])
        return fields

    def _destination(self, task: int) -> Json:
        sprint = self._place()
        status = self._rng.choice([1, 2, 3]) if sprint else 1
        body: Json = {"sprint": sprint, "status": status}
        if self._rng.random() < 0.6:
            # The same few neighbours again and again, so that gaps run out and columns renumber.
            anchor = self._rng.choice(sorted(self._ledger.tasks)[:5])
            if anchor != task:
                body[self._rng.choice(["before", "after"])] = anchor
        return body

    def _place(self) -> int | None:
        return self._rng.choice([*self._sprints, None])

    def _words(self) -> str:
        return f"Task {self._rng.getrandbits(64):x}"

    async def _change(self, method: str, path: str, body: Json | None) -> None:
        mutation = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        sent_at = time.monotonic()
        answer = await self._answer(method, path, body, mutation)
        self._ledger.counts[f"answered {answer.status_code}"] += 1
        if answer.status_code == REUSED:
            self._ledger.wrong.append(f"{method} {path} {mutation}: {answer.text}")
        if answer.status_code < 300:
            self._ledger.note(f"{method} {path} {body}", mutation, sent_at)
        self._learn(method, path, answer)

    async def _answer(
        self, method: str, path: str, body: Json | None, mutation: str
    ) -> requests.Response:
        """Send until there is a definite answer."""
        options: dict[str, Any] = {
            "json": body,
            "headers": {"X-Client-Mutation": mutation},
            "timeout": HTTP_SECONDS,
        }
        while True:
            try:
                answer = await asyncio.to_thread(
                    self._session.request, method, self._url + path, **options
                )
                if answer.status_code < 500:
                    return answer
                if answer.status_code == FAILED:
                    self._ledger.wrong.append(f"{method} {path}: 500 {error_in(answer.text)}")
                self._ledger.counts[f"answered {answer.status_code}"] += 1
            except requests.RequestException:
                self._ledger.counts["unanswered"] += 1
            await asyncio.sleep(RETRY_SECONDS)

    def _learn(self, method: str, path: str, answer: requests.Response) -> None:
        if path == "/api/tasks/" and answer.status_code == 201:
            self._ledger.tasks.add(answer.json()["id"])
        is_gone = answer.status_code == 404 or (method == "DELETE" and answer.status_code == 204)
        if path.startswith("/api/tasks/") and is_gone:
            self._ledger.tasks.discard(int(path.split("/")[3]))
