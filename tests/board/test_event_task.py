"""Events of before tell of which task they are, after the migration that looks it up."""

import importlib
from collections.abc import Callable

import pytest
from django.apps import apps
from rest_framework.test import APIClient

from board.models import Event, Task

migration = importlib.import_module("board.migrations.0005_event_task")


def test_events_of_tasks_and_no_others_name_their_task(
    api: APIClient, new_task: Callable[..., Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        task = new_task()
        api.patch(f"/api/tasks/{task.pk}/", {"points": 3})
    named = dict(Event.objects.values_list("pk", "task"))
    Event.objects.update(task=None)
    monkeypatch.setattr(migration, "BATCH", 2)
    migration.name_tasks(apps, None)
    assert dict(Event.objects.values_list("pk", "task")) == named
    assert None in named.values()
    assert len(set(named.values())) == 4


def test_an_empty_log_needs_nothing(db: None) -> None:
    migration.name_tasks(apps, None)
