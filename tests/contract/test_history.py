"""What has been done: a task's history, a project's days, and undoing from there."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import Event, Project, Sprint, Task

NewTask = Callable[..., Task]


def history(api: APIClient, task: Task) -> list[dict[str, Any]]:
    answer = api.get(f"/api/tasks/{task.pk}/history/")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def activity(api: APIClient, project: Project, query: str = "") -> list[dict[str, Any]]:
    answer = api.get(f"/api/projects/{project.pk}/activity/{query}")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def told(changes: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Model and action of all entries, newest change first."""
    return [(entry["model"], entry["action"]) for one in changes for entry in one["entries"]]


# A task's history


def test_history_tells_who_did_what_when(api: APIClient, member: APIClient, task: Task) -> None:
    change = member.patch(f"/api/tasks/{task.pk}/", {"status": 2, "description": "Long"})[
        "X-Change"
    ]
    newest, oldest = history(api, task)
    shown = {
        "id": task.pk,
        "key": "WEB-1",
        "name": "First task",
        "sprint": task.sprint_id,
        "is_deleted": False,
    }
    today = timezone.now().date().isoformat()
    assert newest == {
        "change": change,
        "at": Event.objects.get(change=change).created_at.isoformat(),
        "actor": "bob",
        "undoes": None,
        "mentions_me": False,
        "entries": [
            {
                "model": "task",
                "action": "update",
                "id": task.pk,
                "changed": {"status": [1, 2], "started": [None, today], "description": []},
                "text": "First task",
                "task": shown,
            }
        ],
        "can_undo": False,
    }
    assert (oldest["actor"], told([oldest])) == ("alice", [("task", "add")])


def test_change_on_two_channels_is_told_once(api: APIClient, task: Task) -> None:
    api.post(f"/api/tasks/{task.pk}/move/", {"sprint": None}, format="json")
    assert told(history(api, task)) == [("task", "update"), ("task", "add")]


def test_history_holds_no_other_task(api: APIClient, task: Task, new_task: NewTask) -> None:
    new_task("Other", sprint=task.sprint)
    assert len(history(api, task)) == 1


def test_numbering_anew_is_not_told(api: APIClient, new_task: NewTask, sprint: Sprint) -> None:
    a, _, c = (new_task(name, sprint=sprint, order=o) for o, name in enumerate("abc"))
    api.post(f"/api/tasks/{c.pk}/move/", {"after": a.pk})
    assert told(history(api, c)) == [("task", "update"), ("task", "add")]


def test_history_survives_deletion_and_undo(api: APIClient, task: Task) -> None:
    path = f"/api/tasks/{task.pk}/"
    deletion = api.delete(path)["X-Change"]
    assert api.get(f"{path}history/").status_code == 404
    api.post(f"/api/changes/{deletion}/undo/")
    newest, removal, _ = history(api, task)
    assert (told([newest]), newest["undoes"]) == ([("task", "add")], deletion)
    assert (removal["entries"][0]["text"], removal["can_undo"]) == ("First task", False)


def test_comment_is_told_with_its_beginning_and_calls(
    api: APIClient, member: APIClient, alice: User, task: Task
) -> None:
    text = "@bob " + "x" * 500
    services.create_comment(actor=Actor(alice), task=task, text=text)
    newest = history(member, task)[0]
    assert told([newest]) == [("comment", "add")]
    assert newest["entries"][0]["text"] == text[:140]
    assert newest["mentions_me"] is True
    assert history(api, task)[0]["mentions_me"] is False


def test_deleted_comment_is_told_without_a_word_of_it(
    api: APIClient, alice: User, task: Task
) -> None:
    comment = services.create_comment(actor=Actor(alice), task=task, text="Secret")
    services.delete_comment(actor=Actor(alice), comment=comment)
    removal, addition, _ = history(api, task)
    assert told([removal, addition]) == [("comment", "remove"), ("comment", "add")]
    assert removal["entries"][0]["text"] is addition["entries"][0]["text"] is None


def test_checklist_is_told_with_its_steps_deleted_ones_too(
    api: APIClient, alice: User, task: Task
) -> None:
    actor = Actor(alice)
    item = services.create_checklist_item(actor=actor, task=task, given={"text": "Draw"})
    services.update_checklist_item(actor=actor, item=item, given={"is_done": True})
    services.delete_checklist_item(actor=actor, item=item)
    entries = [entry for change in history(api, task)[:3] for entry in change["entries"]]
    assert [(e["action"], e["text"]) for e in entries] == [
        ("remove", "Draw"),
        ("update", "Draw"),
        ("add", "Draw"),
    ]
    assert entries[1]["changed"] == {"is_done": [False, True]}


def test_own_recent_changes_can_be_undone_until_they_are(api: APIClient, task: Task) -> None:
    path = f"/api/tasks/{task.pk}/"
    first, second = (api.patch(path, {"name": name})["X-Change"] for name in ("one", "two"))
    Event.objects.filter(change=first).update(created_at=timezone.now() - timedelta(days=2))
    undoing = api.post(f"/api/changes/{second}/undo/")["X-Change"]
    can = {change["change"]: change["can_undo"] for change in history(api, task)}
    assert (can[first], can[second], can[undoing]) == (False, False, True)
    redoing = api.post(f"/api/changes/{undoing}/undo/")["X-Change"]
    can = {change["change"]: change["can_undo"] for change in history(api, task)}
    assert (can[second], can[undoing], can[redoing]) == (True, False, True)


def test_part_of_a_greater_change_cannot_be_undone(api: APIClient, task: Task) -> None:
    api.delete(f"/api/sprints/{task.sprint_id}/?tasks=backlog")
    assert history(api, task)[0]["can_undo"] is False


def test_nothing_can_be_undone_in_an_archived_project(
    api: APIClient, task: Task, project: Project
) -> None:
    api.post(f"/api/projects/{project.pk}/archive/")
    assert [change["can_undo"] for change in history(api, task)] == [False]


def test_history_comes_in_pages_newest_first(api: APIClient, task: Task) -> None:
    for points in range(30):
        api.patch(f"/api/tasks/{task.pk}/", {"points": points})
    path = f"/api/tasks/{task.pk}/history/"
    first, second = (api.get(f"{path}?page={page}").json() for page in (1, 2))
    assert (first["count"], len(first["results"]), len(second["results"])) == (31, 25, 6)
    told_points = [
        entry["changed"]["points"][1]
        for change in first["results"] + second["results"][:-1]
        for entry in change["entries"]
    ]
    assert told_points == list(range(29, -1, -1))
    assert api.get(f"{path}?page=9").status_code == 404


def test_history_takes_as_many_queries_however_long_it_is(
    api: APIClient, alice: User, task: Task, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        services.create_comment(actor=Actor(alice), task=task, text=f"Comment {number}")
        services.create_checklist_item(actor=Actor(alice), task=task, given={"text": "Step"})
        api.patch(f"/api/tasks/{task.pk}/", {"points": number})
    with django_assert_max_num_queries(13):
        assert len(history(api, task)) == 25


def test_viewer_reads_and_outsider_and_anonymous_do_not(
    viewer: APIClient, outsider: APIClient, task: Task, project: Project
) -> None:
    paths = [
        f"/api/tasks/{task.pk}/history/",
        f"/api/projects/{project.pk}/activity/",
        f"/api/projects/{project.pk}/activity/days/",
    ]
    for path in paths:
        statuses = [client.get(path).status_code for client in (viewer, outsider, APIClient())]
        assert statuses == [200, 404, 401], path


@pytest.mark.parametrize("pk", ["0", "x", "9" * 30])
def test_unknown_task_has_no_history(api: APIClient, pk: str) -> None:
    assert api.get(f"/api/tasks/{pk}/history/").status_code == 404
    assert api.get(f"/api/projects/{pk}/activity/").status_code == 404


# A project's days


def test_activity_tells_the_day_of_all_boards(
    api: APIClient, project: Project, task: Task, new_task: NewTask
) -> None:
    waiting = new_task("Waiting")
    changes = activity(api, project)
    assert told(changes)[:4] == [
        ("task", "add"),
        ("task", "add"),
        ("sprint", "add"),
        ("membership", "add"),
    ]
    entries = [change["entries"][0] for change in changes[:4]]
    assert [e["task"] and e["task"]["id"] for e in entries] == [waiting.pk, task.pk, None, None]
    assert [e["text"] for e in entries] == ["Waiting", "First task", "Sprint 1", "Vera Viewer"]


def test_activity_names_deleted_tasks_and_says_so(
    api: APIClient, project: Project, task: Task
) -> None:
    api.delete(f"/api/tasks/{task.pk}/")
    entry = activity(api, project)[0]["entries"][0]
    assert (entry["action"], entry["text"]) == ("remove", "First task")
    assert entry["task"]["is_deleted"] is True


def test_activity_of_one_board(
    api: APIClient, project: Project, task: Task, new_task: NewTask
) -> None:
    new_task("Waiting")
    changes = activity(api, project, f"?sprint={task.sprint_id}")
    assert [one["entries"][0]["text"] for one in changes] == ["First task"]


def test_move_between_boards_is_told_once(api: APIClient, project: Project, task: Task) -> None:
    api.post(f"/api/tasks/{task.pk}/move/", {"sprint": None}, format="json")
    assert told(activity(api, project))[:2] == [("task", "update"), ("task", "add")]


def at(event_of: str, moment: datetime) -> None:
    assert Event.objects.filter(change=event_of).update(created_at=moment)


@pytest.mark.parametrize(
    ("zone", "day", "begin", "end"),
    [
        ("UTC", "2026-03-02", "2026-03-02T00:00", "2026-03-03T00:00"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00", "2026-10-25T23:00"),
        ("Asia/Kathmandu", "2026-03-02", "2026-03-01T18:15", "2026-03-02T18:15"),
        # There is no midnight in this one.
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00", "2026-09-07T03:00"),
    ],
)
def test_days_end_at_the_projects_midnight(
    api: APIClient, project: Project, task: Task, zone: str, day: str, begin: str, end: str
) -> None:
    api.patch(f"/api/projects/{project.pk}/", {"time_zone": zone})
    path = f"/api/tasks/{task.pk}/"
    changes = [api.patch(path, {"points": points})["X-Change"] for points in range(4)]
    first, last = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (begin, end))
    moment = timedelta(microseconds=1)
    for change, time in zip(changes, (first - moment, first, last - moment, last), strict=True):
        at(change, time)
    shown = [one["change"] for one in activity(api, project, f"?day={day}")]
    assert shown == [changes[2], changes[1]]
    before, after = (date.fromisoformat(day) + timedelta(days=days) for days in (-1, 1))
    days = api.get(f"/api/projects/{project.pk}/activity/days/").json()["days"]
    assert days[-3:] == [after.isoformat(), day, before.isoformat()]


def test_today_is_the_projects(api: APIClient, project: Project) -> None:
    today = api.get(f"/api/projects/{project.pk}/activity/").json()
    named = api.get(f"/api/projects/{project.pk}/activity/?day={project.today()}").json()
    assert today == named
    assert today["count"] > 0


def test_day_without_activity_is_empty(api: APIClient, project: Project) -> None:
    assert activity(api, project, "?day=2001-01-01") == []


@pytest.mark.parametrize("query", ["day=x", "day=2026-02-30", "day=0001-01-01", "day=9999-12-31"])
def test_impossible_days_are_400(api: APIClient, project: Project, query: str) -> None:
    answer = api.get(f"/api/projects/{project.pk}/activity/?{query}")
    assert (answer.status_code, list(answer.json())) == (400, ["day"])


def test_hidden_unknown_and_other_projects_sprints_are_the_same_400(
    api: APIClient, alice: User, project: Project, foreign_sprint: Sprint
) -> None:
    other = services.create_project(
        actor=Actor(alice), given={"key": "OTH", "name": "Other", "time_zone": "UTC"}
    )
    own = services.create_sprint(
        actor=Actor(alice), project=other, given={"end": other.today() + timedelta(days=1)}
    )
    answers = [
        api.get(f"/api/projects/{project.pk}/activity/?sprint={pk}")
        for pk in (foreign_sprint.pk, own.pk, 987654)
    ]
    assert {answer.status_code for answer in answers} == {400}
    messages = {
        answer.json()["sprint"][0].replace(str(pk), "N")
        for answer, pk in zip(answers, (foreign_sprint.pk, own.pk, 987654), strict=True)
    }
    assert len(messages) == 1


def test_activity_takes_as_many_queries_however_much_there_was(
    api: APIClient,
    project: Project,
    sprint: Sprint,
    new_task: NewTask,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(30):
        new_task(f"Task {number}", sprint=sprint)
    with django_assert_max_num_queries(13):
        assert len(activity(api, project)) == 25
