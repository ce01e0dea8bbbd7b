"""Whose changes can be undone, by whom, and until when."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import Event, Membership, Project, Role, Sprint, Task
from tests.contract.undoing import change_of, patch, undo, undone


def test_others_changes_and_unknown_ones_are_404(
    api: APIClient, member: APIClient, task: Task
) -> None:
    theirs = undo(api, patch(member, task, name="Bob's"))
    unknown = undo(api, "01KAYZZZZZZZZZZZZZZZZZZZZZ")
    assert (theirs.status_code, unknown.status_code) == (404, 404)
    assert theirs.json() == unknown.json()


@pytest.mark.parametrize("change", ["x", "0" * 25, "0" * 27, "%00" * 26])
def test_what_is_no_change_is_404(api: APIClient, change: str) -> None:
    assert undo(api, change).status_code == 404


def test_change_of_yesterday_is_410(api: APIClient, task: Task) -> None:
    edit = patch(api, task, name="Old")
    too_old = timezone.now() - timedelta(hours=24, seconds=1)
    Event.objects.filter(change=edit).update(created_at=too_old)
    refused = undo(api, edit)
    assert (refused.status_code, list(refused.json())) == (410, ["detail"])
    assert "24 hours" in refused.json()["detail"]


def test_changes_of_projects_and_sprints_are_409(
    api: APIClient, project: Project, sprint: Sprint
) -> None:
    for path in (f"/api/projects/{project.pk}/", f"/api/sprints/{sprint.pk}/"):
        refused = undo(api, change_of(api.patch(path, {"name": "Other"})))
        assert refused.status_code == 409
        assert refused.json() == {"detail": "A change of this kind cannot be undone."}


def test_deletion_of_a_sprint_with_its_tasks_is_409(
    api: APIClient, task: Task, sprint: Sprint
) -> None:
    edit = change_of(api.delete(f"/api/sprints/{sprint.pk}/?tasks=backlog"))
    assert undo(api, edit).status_code == 409


def test_archived_project_is_403(api: APIClient, task: Task, project: Project) -> None:
    edit = patch(api, task, name="Other")
    api.post(f"/api/projects/{project.pk}/archive/")
    assert undo(api, edit).status_code == 403


def test_who_only_looks_by_then_is_403(
    member: APIClient, alice: User, bob: User, project: Project, task: Task
) -> None:
    edit = patch(member, task, name="Other")
    services.add_member(actor=Actor(alice), project=project, user=bob, role=Role.VIEWER)
    assert undo(member, edit).status_code == 403


def test_who_has_been_removed_is_404(
    member: APIClient,
    alice: User,
    bob: User,
    task: Task,
    membership_of: Callable[[User], Membership],
) -> None:
    edit = patch(member, task, name="Other")
    services.remove_member(actor=Actor(alice), membership=membership_of(bob))
    assert undo(member, edit).status_code == 404


def test_outsider_and_anonymous_undo_nothing(
    api: APIClient, outsider: APIClient, task: Task
) -> None:
    edit = patch(api, task, name="Other")
    assert undo(outsider, edit).status_code == 404
    assert undo(APIClient(), edit).status_code == 401
    task.refresh_from_db()
    assert task.name == "Other"


def test_undo_takes_as_many_queries_in_a_long_history(
    api: APIClient, task: Task, django_assert_max_num_queries: Any
) -> None:
    edit = patch(api, task, name="Mine")
    for points in range(30):
        patch(api, task, points=points)
    with django_assert_max_num_queries(30):
        undone(api, edit)
