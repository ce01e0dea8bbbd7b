"""What tests of undoing share."""

from typing import Any

import orjson
from rest_framework.test import APIClient

from board.models import Event, Sprint, Task


def change_of(answer: Any) -> str:
    assert answer.status_code < 300, answer.content
    return str(answer["X-Change"])


def patch(api: APIClient, task: Task, **given: object) -> str:
    """Change a task; returns the change."""
    return change_of(api.patch(f"/api/tasks/{task.pk}/", given, format="json"))


def move(api: APIClient, task: Task, **place: object) -> str:
    return change_of(api.post(f"/api/tasks/{task.pk}/move/", place, format="json"))


def undo(api: APIClient, change: str, **headers: str) -> Any:
    return api.post(f"/api/changes/{change}/undo/", headers=headers)


def undone(api: APIClient, change: str) -> str:
    """Undo a change and return the change that did it."""
    answer = undo(api, change)
    assert answer.json()["change"] == change_of(answer)
    return change_of(answer)


def body_of(api: APIClient, task: Task) -> dict[str, Any]:
    body = api.get(f"/api/tasks/{task.pk}/").json()
    return {name: body[name] for name in body if name not in ("version", "updated_at")}


def column(sprint: Sprint | None, status: int = 1) -> list[str]:
    tasks = Task.objects.filter(sprint=sprint, status=status, deleted_at__isnull=True)
    return [task.name for task in tasks.order_by("order", "id")]


def last_event(sprint: Sprint) -> dict[str, Any]:
    newest = Event.objects.filter(channel=f"sprint.{sprint.pk}").latest("seq")
    return dict(orjson.loads(newest.payload))
