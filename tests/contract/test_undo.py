"""``POST /api/changes/<ulid>/undo/``: taking back one's own change, where nothing came after it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import Event, Membership, Project, Role, Sprint, Task

NewTask = Callable[..., Task]


@pytest.fixture
def abc(new_task: NewTask, sprint: Sprint) -> list[Task]:
    return [new_task(name, sprint=sprint) for name in "abc"]


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


# Edits

EDITS: list[dict[str, Any]] = [
    {"name": "Other"},
    {"description": "A long text"},
    {"points": 5, "due": "2999-01-01"},
    {"assigned": "bob"},
    {"is_blocked": True},
    {"status": 2},
    {"status": 4},
    {"sprint": None},
    {"order": -7},
    {"name": "Other", "status": 3, "points": 1, "assigned": "alice"},
]


@pytest.mark.parametrize("given", EDITS, ids=lambda given: ",".join(given))
def test_edits_are_put_back_and_brought_again(
    api: APIClient, task: Task, given: dict[str, Any]
) -> None:
    before = body_of(api, task)
    edit = patch(api, task, **given)
    after = body_of(api, task)
    assert before != after
    undoing = undone(api, edit)
    assert body_of(api, task) == before
    redoing = undone(api, undoing)
    assert body_of(api, task) == after
    undone(api, redoing)
    assert body_of(api, task) == before


def test_values_that_were_there_come_back(api: APIClient, new_task: NewTask) -> None:
    task = new_task(description="Old", points=3, due=timezone.now().date(), assigned="bob")
    before = body_of(api, task)
    undone(api, patch(api, task, description="", points=None, due=None, assigned=None))
    assert body_of(api, task) == before


def test_answer_holds_the_tasks_as_they_are_now(api: APIClient, task: Task) -> None:
    answer = undo(api, patch(api, task, name="Other"))
    assert answer.json()["tasks"] == [api.get(f"/api/tasks/{task.pk}/").json()]
    assert answer.json()["tasks"][0]["version"] == 3


def test_undo_is_told_like_any_change_and_names_what_it_undoes(
    api: APIClient, task: Task, sprint: Sprint
) -> None:
    edit = patch(api, task, name="Other")
    mutation = str(uuid4())
    undo(api, edit, **{"X-Client-Mutation": mutation})
    event = last_event(sprint)
    assert (event["model"], event["action"], event["id"]) == ("task", "update", task.pk)
    assert event["changed"] == {"name": ["Other", "First task"]}
    assert (event["actor"], event["origin"], event["undoes"]) == ("alice", mutation, edit)
    assert event["version"] == 3


def test_several_changes_are_undone_and_redone_in_turn(api: APIClient, task: Task) -> None:
    changes = [patch(api, task, name=name) for name in ("one", "two", "three")]
    undoings = [undone(api, change) for change in reversed(changes)]
    assert body_of(api, task)["name"] == "First task"
    redoings = [undone(api, undoing) for undoing in reversed(undoings)]
    assert body_of(api, task)["name"] == "three"
    for redoing in reversed(redoings):
        undone(api, redoing)
    assert body_of(api, task)["name"] == "First task"


# Places


def test_move_within_a_column_is_put_back(api: APIClient, abc: list[Task], sprint: Sprint) -> None:
    edit = move(api, abc[2], before=abc[0].pk)
    assert column(sprint) == ["c", "a", "b"]
    undone(api, undone(api, undone(api, edit)))
    assert column(sprint) == ["a", "b", "c"]


@pytest.mark.parametrize("place", range(3))
def test_task_returns_to_its_place_in_the_column(
    api: APIClient, abc: list[Task], sprint: Sprint, place: int
) -> None:
    undone(api, move(api, abc[place], status=3))
    assert (column(sprint), column(sprint, 3)) == (["a", "b", "c"], [])


def test_task_follows_the_neighbour_below_which_it_stood(
    api: APIClient, member: APIClient, abc: list[Task], sprint: Sprint
) -> None:
    edit = move(api, abc[1], status=3)
    move(member, abc[0], after=abc[2].pk)
    undone(api, edit)
    assert column(sprint) == ["c", "a", "b"]


def test_task_returns_near_its_place_when_the_neighbour_has_left(
    api: APIClient, member: APIClient, abc: list[Task], sprint: Sprint
) -> None:
    edit = move(api, abc[1], status=3)
    move(member, abc[0], status=2)
    undone(api, edit)
    assert column(sprint) == ["b", "c"]


def test_task_that_stood_on_top_returns_to_the_top(
    api: APIClient, abc: list[Task], sprint: Sprint, new_task: NewTask
) -> None:
    edit = move(api, abc[0], status=3)
    new_task("new", sprint=sprint, order=1)
    undone(api, edit)
    assert column(sprint) == ["a", "new", "b", "c"]


def test_column_that_was_numbered_anew_takes_the_task_back(
    api: APIClient, new_task: NewTask, sprint: Sprint
) -> None:
    a, b, c = (new_task(n, sprint=sprint, order=o) for n, o in (("a", 1), ("b", 2), ("c", 3)))
    edit = move(api, b, status=2)
    move(api, c, before=a.pk)
    new_task("d", sprint=sprint, order=0)
    move(api, c, before=a.pk)
    undone(api, edit)
    assert column(sprint) == ["d", "c", "a", "b"]


def test_move_into_done_from_the_backlog_is_undone(
    api: APIClient, new_task: NewTask, sprint: Sprint
) -> None:
    task = new_task()
    before = body_of(api, task)
    edit = move(api, task, sprint=sprint.pk, status=4)
    undone(api, edit)
    assert body_of(api, task) == before


def test_events_of_before_without_a_neighbour_are_undone(
    api: APIClient, abc: list[Task], sprint: Sprint
) -> None:
    edit = patch(api, abc[1], status=3)
    event = Event.objects.get(change=edit)
    assert event.undo
    event.undo.pop("after")
    event.save(update_fields=["undo"])
    undone(api, edit)
    assert column(sprint) == ["a", "b", "c"]


# Adding and deleting


def test_deleted_task_comes_back_where_it_was(
    api: APIClient, abc: list[Task], sprint: Sprint
) -> None:
    before = body_of(api, abc[1])
    undoing = undone(api, change_of(api.delete(f"/api/tasks/{abc[1].pk}/")))
    assert (body_of(api, abc[1]), column(sprint)) == (before, ["a", "b", "c"])
    event = last_event(sprint)
    assert (event["action"], event["version"], event["body"]["name"]) == ("add", 3, "b")
    undone(api, undoing)
    assert column(sprint) == ["a", "c"]


def test_added_task_is_deleted_and_brought_back(api: APIClient, project: Project) -> None:
    answer = api.post("/api/tasks/", {"name": "New"})
    path = f"/api/tasks/{answer.json()['id']}/"
    undoing = undo(api, change_of(answer))
    assert undoing.json()["tasks"] == []
    assert api.get(path).status_code == 404
    undone(api, change_of(undoing))
    assert api.get(path).json()["name"] == "New"


def test_added_task_that_one_has_edited_oneself_can_still_be_taken_back(
    api: APIClient, project: Project
) -> None:
    answer = api.post("/api/tasks/", {"name": "New"})
    api.patch(f"/api/tasks/{answer.json()['id']}/", {"name": "Newer"})
    undone(api, change_of(answer))


def test_added_task_that_somebody_has_changed_stays(
    api: APIClient, member: APIClient, project: Project
) -> None:
    answer = api.post("/api/tasks/", {"name": "New"})
    member.patch(f"/api/tasks/{answer.json()['id']}/", {"points": 3})
    refused = undo(api, change_of(answer))
    assert refused.json()["detail"] == "Bob Baker changed the story points since."
    assert refused.json()["task"]["points"] == 3


def test_task_of_a_deleted_sprint_comes_back_to_the_backlog(
    api: APIClient, new_task: NewTask, sprint: Sprint
) -> None:
    task = new_task(sprint=sprint, status=2)
    edit = change_of(api.delete(f"/api/tasks/{task.pk}/"))
    api.delete(f"/api/sprints/{sprint.pk}/")
    undone(api, edit)
    body = body_of(api, task)
    assert (body["sprint"], body["status"], body["started"]) == (None, 1, None)


def test_done_task_of_a_deleted_sprint_stays_deleted(
    api: APIClient, new_task: NewTask, sprint: Sprint
) -> None:
    task = new_task(sprint=sprint, status=4)
    edit = change_of(api.delete(f"/api/tasks/{task.pk}/"))
    api.delete(f"/api/sprints/{sprint.pk}/")
    refused = undo(api, edit)
    assert refused.status_code == 409
    assert refused.json() == {
        "detail": "The sprint of this task has been deleted since.",
        "task": None,
    }


def test_deleted_task_comes_back_to_nobody_when_its_person_has_left(
    api: APIClient,
    alice: User,
    bob: User,
    task: Task,
    membership_of: Callable[[User], Membership],
) -> None:
    patch(api, task, assigned="bob")
    edit = change_of(api.delete(f"/api/tasks/{task.pk}/"))
    services.remove_member(actor=Actor(alice), membership=membership_of(bob))
    undone(api, edit)
    assert body_of(api, task)["assigned"] is None


# What has come after it


@pytest.mark.parametrize(
    ("mine", "theirs", "words"),
    [
        ({"status": 2}, {"status": 4}, "Bob Baker moved it to Done since."),
        ({"name": "A"}, {"name": "B"}, "Bob Baker changed the name since."),
        ({"assigned": "alice"}, {"assigned": None}, "Bob Baker changed the assignee since."),
        ({"sprint": None}, {"order": 5}, "Bob Baker moved it since."),
        (
            {"points": 1},
            {"points": 2, "due": "2999-01-01"},
            "Bob Baker changed the story points and the due date since.",
        ),
    ],
)
def test_field_that_was_changed_since_is_409_in_words(
    api: APIClient,
    member: APIClient,
    task: Task,
    mine: dict[str, Any],
    theirs: dict[str, Any],
    words: str,
) -> None:
    edit = patch(api, task, **mine)
    patch(member, task, **theirs)
    before = api.get(f"/api/tasks/{task.pk}/").json()
    refused = undo(api, edit)
    assert (refused.status_code, refused.json()) == (409, {"detail": words, "task": before})
    assert "X-Change" not in refused
    assert api.get(f"/api/tasks/{task.pk}/").json() == before


def test_other_fields_that_were_changed_since_are_kept(
    api: APIClient, member: APIClient, task: Task
) -> None:
    edit = patch(api, task, name="Mine")
    patch(member, task, points=5, status=3)
    undone(api, edit)
    body = body_of(api, task)
    assert (body["name"], body["points"], body["status"]) == ("First task", 5, 3)


def test_what_somebody_has_undone_themselves_stands_in_nobodys_way(
    api: APIClient, member: APIClient, task: Task
) -> None:
    edit = patch(api, task, name="Mine")
    undone(member, patch(member, task, name="Bob's"))
    undone(api, edit)
    assert body_of(api, task)["name"] == "First task"


def test_undo_of_an_earlier_change_stands_in_the_way_of_a_later_one(
    api: APIClient, member: APIClient, task: Task
) -> None:
    theirs = patch(member, task, name="Bob's")
    mine = patch(api, task, name="Mine")
    my_undoing = undone(api, mine)
    undone(member, theirs)
    refused = undo(api, my_undoing)
    assert refused.json()["detail"] == "Bob Baker changed the name since."


def test_own_later_change_must_be_undone_first(api: APIClient, task: Task) -> None:
    first, _second = patch(api, task, name="one"), patch(api, task, name="two")
    assert undo(api, first).json()["detail"] == "You changed the name since."


def test_task_that_was_deleted_since_is_409_without_a_task(
    api: APIClient, member: APIClient, task: Task
) -> None:
    edit = patch(api, task, name="Mine")
    member.delete(f"/api/tasks/{task.pk}/")
    refused = undo(api, edit)
    assert (refused.status_code, refused.json()) == (
        409,
        {"detail": "Bob Baker deleted it since.", "task": None},
    )


def test_second_undo_is_409(api: APIClient, task: Task) -> None:
    edit = patch(api, task, name="Mine")
    undone(api, edit)
    refused = undo(api, edit)
    assert refused.status_code == 409
    assert refused.json()["detail"] == "You have undone this already."
    assert refused.json()["task"]["version"] == 3


def test_repeated_undo_gets_the_first_answer(api: APIClient, task: Task) -> None:
    edit = patch(api, task, name="Mine")
    headers = {"X-Client-Mutation": str(uuid4())}
    first, again = (undo(api, edit, **headers) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first["X-Change"] == again["X-Change"]
    task.refresh_from_db()
    assert task.version == 3


# Rules


def test_sprint_that_has_ended_takes_no_task_back(
    api: APIClient, task: Task, sprint: Sprint
) -> None:
    edit = patch(api, task, sprint=None)
    api.post(f"/api/sprints/{sprint.pk}/close/")
    refused = undo(api, edit)
    assert refused.status_code == 400
    assert refused.json() == {"sprint": ["Cannot assign tasks to past sprints."]}


def test_sprint_that_was_deleted_takes_no_task_back(
    api: APIClient, task: Task, sprint: Sprint
) -> None:
    edit = patch(api, task, sprint=None)
    api.delete(f"/api/sprints/{sprint.pk}/")
    assert undo(api, edit).json() == {"sprint": ["This sprint has been deleted."]}


def test_person_who_has_left_is_not_assigned_again(
    api: APIClient,
    alice: User,
    bob: User,
    task: Task,
    membership_of: Callable[[User], Membership],
) -> None:
    patch(api, task, assigned="bob")
    edit = patch(api, task, assigned=None)
    services.remove_member(actor=Actor(alice), membership=membership_of(bob))
    assert undo(api, edit).json() == {"assigned": ["bob is not a member of this project."]}


# Whose changes, and when


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
