"""Old state + events = freshly loaded state: the client's own ``apply`` on what was published."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from board import publisher, services
from board.changes import Actor
from board.models import Project, Role
from board.relay import patient_log
from tests.board.live import LiveSide
from tests.conftest import make_user

APPLY = Path(__file__).resolve().parents[2] / "client" / "build" / "apply-cli.js"

pytestmark = pytest.mark.django_db(transaction=True)


class Reducer:
    """The built client's reducer, under Node: one JSON line in, one out."""

    def __init__(self) -> None:
        node = shutil.which("node")
        assert node, "Node.js is needed: `make test` sees to it"
        self._process = subprocess.Popen(
            [node, str(APPLY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def state(self, snapshot: Any, events: list[Any]) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"snapshot": snapshot, "events": events}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=30)


@pytest.fixture(scope="module")
def reducer() -> Iterator[Reducer]:
    reducer = Reducer()
    yield reducer
    reducer.close()


class Team:
    """A project of its own, and what its people may do to it by HTTP."""

    def __init__(self, owner: User, member: User) -> None:
        self.project = self._make_project(owner)
        services.add_member(actor=Actor(owner), project=self.project, user=member, role=Role.MEMBER)
        self.api = APIClient()
        self.api.force_login(owner)
        self.member = member
        self.changes: list[str] = []
        self.sprints = [self._make_sprint(days) for days in (1, 2)]

    @staticmethod
    def _make_project(owner: User) -> Project:
        key = "P" + uuid4().hex[:8].upper()
        given = {"key": key, "name": "Random", "time_zone": "UTC"}
        return services.create_project(actor=Actor(owner), given=given)

    def _make_sprint(self, days: int) -> int:
        end = self.project.today().replace(year=2990 + days).isoformat()
        body = {"project": self.project.pk, "end": end}
        return int(self.api.post("/api/sprints/", body).json()["id"])

    def tasks(self) -> list[Any]:
        path = f"/api/tasks/?project={self.project.pk}&page_size=100"
        return list(self.api.get(path).json()["results"])

    def board(self) -> Any:
        return self.api.get(f"/api/sprints/{self.sprints[0]}/board/").json()

    def run(self, operation: dict[str, Any]) -> None:
        """Do it if it can be done; a refusal is fine, a failure of the server is not."""
        kind, which, value = operation["kind"], operation["which"], operation["value"]
        tasks = self.tasks()
        place = {"sprint": [*self.sprints, None][which % 3], "status": which % 4 + 1}
        if place["sprint"] is None:
            place["status"] = 1
        if kind == "create" or not tasks:
            body = {"project": self.project.pk, "name": value or "n", **place}
            answer = self.api.post("/api/tasks/", body, format="json")
        elif kind == "sprint":
            answer = self.api.patch(f"/api/sprints/{self.sprints[which % 2]}/", {"goal": value})
        elif kind == "project":
            given = {
                "name": value or "n",
                "wip_limits": {which % 4 + 1: operation["other"] or None},
            }
            answer = self.api.patch(f"/api/projects/{self.project.pk}/", given, format="json")
        elif kind == "label":
            answer = self._change_labels(which, value)
        elif kind == "undo" and self.changes:
            change = self.changes[-1 - which % min(len(self.changes), 4)]
            answer = self.api.post(f"/api/changes/{change}/undo/")
        elif kind == "role":
            member = self.project.memberships.get(user=self.member)
            role = ["member", "viewer"][which % 2]
            answer = self.api.patch(f"/api/memberships/{member.pk}/", {"role": role})
        else:
            answer = self._change_task(kind, tasks[which % len(tasks)], tasks, place, operation)
        assert answer.status_code < 500, answer.content
        self.changes += [answer["X-Change"]] if "X-Change" in answer else []

    def _change_labels(self, which: int, value: str) -> Any:
        """Add a label, or change or delete one that there is."""
        labels = self.board()["labels"]
        given = {"project": self.project.pk, "name": value[:40], "colour": COLOURS[which % 3]}
        if which % 3 == 0 or not labels:
            return self.api.post("/api/labels/", given)
        path = f"/api/labels/{labels[which % len(labels)]['id']}/"
        return self.api.patch(path, given) if which % 3 == 1 else self.api.delete(path)

    def _change_task(
        self, kind: str, task: Any, tasks: list[Any], place: Any, operation: dict[str, Any]
    ) -> Any:
        path, value, other = f"/api/tasks/{task['id']}/", operation["value"], operation["other"]
        if kind in DETAILS:
            return self._change_detail(kind, task["id"], other, value or "n")
        if kind == "delete":
            return self.api.delete(path)
        if kind == "move":
            column = [t["id"] for t in tasks if t["id"] != task["id"]]
            anchor = {"before": column[other % len(column)]} if column else {}
            return self.api.post(f"{path}move/", {**place, **anchor}, format="json")
        if kind == "to column":
            return self.api.post(f"{path}move/", place, format="json")
        if kind == "squeeze":
            return self.api.patch(path, {"order": other})
        if kind == "mark":
            labels = [label["id"] for label in self.board()["labels"]]
            given = {"labels": labels[other % 4 :], "is_blocked": bool(other % 2)}
            return self.api.patch(path, given, format="json")
        given = {"name": value or "n", "description": value * 400, "points": other}
        return self.api.patch(path, given)

    def _change_detail(self, kind: str, task: int, other: int, value: str) -> Any:
        """Add one to a task, or change or delete the last one that it has."""
        found = self.api.get(f"/api/{kind}/?task={task}&page_size=100").json()["results"]
        if other < 2 or not found:
            return self.api.post(f"/api/{kind}/", {"task": task, "text": value})
        path = f"/api/{kind}/{found[-1]['id']}/"
        if other == 2:
            return self.api.delete(path)
        return self.api.patch(path, {"text": value, "is_done": other % 2 == 1})


DETAILS = ["comments", "checklist-items"]
COLOURS = ["red", "green", "grey"]
KINDS = [
    "create",
    "edit",
    "move",
    "to column",
    "squeeze",
    "mark",
    "delete",
    "sprint",
    "project",
    "label",
    "role",
    "undo",
    *DETAILS,
]
operations = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "which": st.integers(0, 11),
        "other": st.integers(0, 5),
        "value": st.text(st.characters(exclude_categories=["C"]), max_size=60),
    }
)


@given(
    before=st.lists(operations, max_size=8),
    after=st.lists(operations, min_size=1, max_size=16),
    rng=st.randoms(use_true_random=False),
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_old_state_and_events_are_the_freshly_loaded_state(
    live: LiveSide, reducer: Reducer, before: list[Any], after: list[Any], rng: Any
) -> None:
    team = Team(*(make_user(f"user-{uuid4().hex[:8]}", name) for name in ("A One", "B Two")))
    for operation in before:
        team.run(operation)
    old = team.board()
    for operation in after:
        team.run(operation)
    events = interleaved(live, list(old["channels"]), rng)
    fresh = reducer.state(team.board(), [])
    assert reducer.state(old, events) == fresh
    assert reducer.state(old, [*events, *events]) == fresh


def interleaved(live: LiveSide, channels: list[str], rng: Any) -> list[Any]:
    """All that was published, each channel in its order, the channels mixed at random."""
    for channel in channels:
        # What a busy machine did not publish in time is the relay's work.
        publisher.settle(patient_log(), channel)
    queues = [live.stored(channel) for channel in channels]
    mixed = []
    while any(queues):
        queue = rng.choice([queue for queue in queues if queue])
        mixed.append(queue.pop(0))
    return mixed
