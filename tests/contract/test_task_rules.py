"""The rules of tasks, with their messages, and the dates that follow the status."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board.models import Project, Sprint, Status, Task

NewTask = Callable[..., Task]


def path_of(task: Task) -> str:
    return f"/api/tasks/{task.pk}/"


# Refusals with their messages


def test_sprint_of_a_done_task_cannot_change(
    api: APIClient, sprint: Sprint, new_task: NewTask
) -> None:
    task = new_task(sprint=sprint, status=Status.DONE)
    message = {"sprint": ["Cannot change the sprint of a completed task."]}
    assert api.patch(path_of(task), {"sprint": None}, format="json").json() == message
    assert api.post(path_of(task) + "move/", {"sprint": None, "status": 1}).json() == message


def test_tasks_cannot_be_added_to_past_sprints(api: APIClient, past_sprint: Sprint) -> None:
    answer = api.post("/api/tasks/", {"name": "Late", "sprint": past_sprint.pk})
    assert answer.status_code == 400
    assert answer.json() == {"sprint": ["Cannot add tasks to past sprints."]}


def test_tasks_cannot_be_assigned_to_past_sprints(
    api: APIClient, task: Task, past_sprint: Sprint
) -> None:
    message = {"sprint": ["Cannot assign tasks to past sprints."]}
    assert api.patch(path_of(task), {"sprint": past_sprint.pk}).json() == message
    assert api.post(path_of(task) + "move/", {"sprint": past_sprint.pk}).json() == message


def test_task_of_a_past_sprint_can_still_be_edited(
    api: APIClient, task: Task, sprint: Sprint, project: Project
) -> None:
    Sprint.objects.filter(pk=sprint.pk).update(end=project.today() - timedelta(days=1))
    body = api.get(path_of(task)).json()
    assert api.put(path_of(task), {**body, "name": "Renamed"}, format="json").status_code == 200


@pytest.mark.parametrize("status", [2, 3, 4])
def test_backlog_tasks_are_not_started(api: APIClient, new_task: NewTask, status: int) -> None:
    message = {"non_field_errors": ['Backlog tasks must have "Not Started" status.']}
    task = new_task()
    assert api.patch(path_of(task), {"status": status}).json() == message
    assert api.post("/api/tasks/", {"name": "n", "status": status}).json() == message
    assert api.post(path_of(task) + "move/", {"status": status}).json() == message


def test_started_cannot_be_set_for_not_started_tasks(api: APIClient, task: Task) -> None:
    answer = api.patch(path_of(task), {"started": "2026-01-01"})
    assert answer.status_code == 400
    message = "Started date cannot be set for not started tasks."
    assert answer.json() == {"non_field_errors": [message]}


def test_completed_cannot_be_set_for_uncompleted_tasks(api: APIClient, task: Task) -> None:
    answer = api.patch(path_of(task), {"status": 3, "completed": "2026-01-01"})
    assert answer.status_code == 400
    message = "Completed date cannot be set for uncompleted tasks."
    assert answer.json() == {"non_field_errors": [message]}
    task.refresh_from_db()
    assert task.status == Status.NOT_STARTED


def test_sprint_of_another_project_is_refused(
    api: APIClient, alice: User, task: Task, project: Project
) -> None:
    other = api.post("/api/projects/", {"key": "OPS", "name": "Operations"}).json()
    end = project.today().isoformat()
    sprint = api.post("/api/sprints/", {"name": "s", "end": end, "project": other["id"]}).json()
    answer = api.patch(path_of(task), {"sprint": sprint["id"]})
    assert answer.json() == {"sprint": ["This sprint belongs to another project."]}


# Dates follow the status


def test_dates_follow_the_status_forward_and_back(
    api: APIClient, task: Task, project: Project
) -> None:
    today = project.today().isoformat()

    def dates(**given: Any) -> tuple[str | None, str | None]:
        body = api.patch(path_of(task), given, format="json").json()
        return body["started"], body["completed"]

    assert dates(status=2) == (today, None)
    assert dates(status=4) == (today, today)
    assert dates(status=3) == (today, None)
    assert dates(status=1) == (None, None)
    assert dates(status=4) == (today, today)


def test_own_dates_are_kept(api: APIClient, task: Task) -> None:
    body = api.patch(path_of(task), {"status": 2, "started": "2026-01-05"}).json()
    assert body["started"] == "2026-01-05"
    body = api.patch(path_of(task), {"status": 4, "completed": "2026-01-09"}).json()
    assert (body["started"], body["completed"]) == ("2026-01-05", "2026-01-09")


def test_date_that_equals_the_stored_one_counts_as_not_given(api: APIClient, task: Task) -> None:
    done = api.patch(path_of(task), {"status": 4}).json()
    answer = api.put(path_of(task), {**done, "status": 1}, format="json")
    assert answer.status_code == 200
    assert (answer.json()["started"], answer.json()["completed"]) == (None, None)


def test_cleared_started_stays_cleared(api: APIClient, task: Task) -> None:
    api.patch(path_of(task), {"status": 2})
    assert api.patch(path_of(task), {"started": None}, format="json").json()["started"] is None
    assert api.patch(path_of(task), {"name": "Still cleared"}).json()["started"] is None


def test_today_is_the_projects_own(api: APIClient, task: Task, project: Project) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        Project.objects.filter(pk=project.pk).update(time_zone=zone)
        project.refresh_from_db()
        body = api.patch(path_of(task), {"status": 2}).json()
        assert body["started"] == project.today().isoformat()
        api.patch(path_of(task), {"status": 1})


def test_task_taken_out_of_its_sprint_is_not_started(
    api: APIClient, sprint: Sprint, new_task: NewTask
) -> None:
    for change in ("patch", "put"):
        task = new_task(sprint=sprint, status=Status.TESTING)
        stored = api.get(path_of(task)).json() if change == "put" else {}
        send = getattr(api, change)
        body = send(path_of(task), {**stored, "sprint": None}, format="json").json()
        assert (body["sprint"], body["status"], body["started"]) == (None, 1, None)
