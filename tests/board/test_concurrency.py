"""Several people at once: nothing lost, nothing twice, one order for all."""

import random
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, connection, connections
from rest_framework.test import APIClient, APIRequestFactory
from rest_framework.views import APIView

from board import services
from board.changes import Actor
from board.errors import AlreadyGone, RuleBroken, SprintHasTasks
from board.models import (
    Channel,
    Event,
    Label,
    Membership,
    Mutation,
    Project,
    Sprint,
    Status,
    Task,
    TaskLabel,
)
from board.queries import column_tasks

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run all calls in threads of their own, begun together; return results or exceptions."""
    calls = list(calls)
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_twenty_moves_at_once_leave_every_task_once_in_one_order(
    alice: User, bob: User, project: Project, sprint: Sprint, new_task: Callable[..., Task]
) -> None:
    tasks = [new_task(f"Task {number}", sprint=sprint) for number in range(20)]
    rng = random.Random(7)

    def move(person: User, task: Task, anchor: Task, status: int) -> Callable[[], int]:
        def call() -> int:
            client = APIClient()
            client.force_login(person)
            place = {"sprint": sprint.pk, "status": status, "before": anchor.pk}
            path = f"/api/tasks/{task.pk}/move/"
            return client.post(path, place, format="json").status_code

        return call

    for status in (Status.NOT_STARTED, Status.IN_PROGRESS):
        anchors = rng.sample(tasks, len(tasks))
        answers = at_once(
            move(rng.choice([alice, bob]), task, anchor, status)
            for task, anchor in zip(tasks, anchors, strict=True)
            if task != anchor
        )
        assert set(answers) <= {200, 409}, answers
    orders = list(Task.objects.filter(sprint=sprint).values_list("status", "order", "id"))
    assert len(set(orders)) == 20
    assert_log_is_whole(f"sprint.{sprint.pk}")


def test_label_that_is_deleted_while_tasks_take_it_up_is_on_none(
    alice: User, label: Label, sprint: Sprint, new_task: Callable[..., Task]
) -> None:
    tasks = [new_task(f"Task {number}", sprint=sprint) for number in range(6)]

    def take_up(task: Task) -> Callable[[], Task]:
        given = {"labels": [label.pk]}
        return lambda: services.update_task(actor=Actor(alice), task=task, given=given)

    results = at_once(
        [lambda: services.delete_label(actor=Actor(alice), label=label), *map(take_up, tasks)]
    )
    assert results[0] is None
    for result in results[1:]:
        assert isinstance(result, (Task, RuleBroken)), result
    assert TaskLabel.objects.count() == 0
    assert_log_is_whole(f"sprint.{sprint.pk}")


def test_ten_people_dropping_on_one_spot_get_ten_places(
    alice: User, project: Project, sprint: Sprint, new_task: Callable[..., Task]
) -> None:
    tasks = [new_task(f"Task {number}", sprint=sprint) for number in range(11)]
    anchor = tasks.pop()
    given = {"sprint": sprint, "status": Status.NOT_STARTED}

    def drop(task: Task) -> Callable[[], Task]:
        return lambda: services.move_task(
            actor=Actor(alice), task=task, given=given, before=anchor.pk
        )

    answers = at_once(drop(task) for task in tasks)
    assert all(isinstance(answer, Task) for answer in answers), answers
    column = column_tasks(project_id=project.pk, sprint_id=sprint.pk, status=1)
    orders = list(column.values_list("order", flat=True))
    assert len(set(orders)) == 11
    assert column.last() == anchor


def assert_log_is_whole(channel: str) -> None:
    row = Channel.objects.get(pk=channel)
    events = list(Event.objects.filter(channel=row).order_by("seq").values_list("seq", "change"))
    assert [seq for seq, _ in events] == list(range(1, row.seq + 1))
    assert events[-1][1] == row.change


def test_numbers_given_out_at_once_are_all_different(
    alice: User, project: Project, sprint: Sprint
) -> None:
    def create(number: int) -> Callable[[], Task]:
        place = {"sprint": sprint} if number % 2 else {}
        given = {"name": f"Task {number}", **place}
        return lambda: services.create_task(actor=Actor(alice), project=project, given=given)

    answers = at_once(create(number) for number in range(12))
    assert sorted(task.number for task in answers) == list(range(1, 13))


def test_same_mutation_twice_at_once_acts_once(alice: User, project: Project) -> None:
    mutation = str(uuid4())

    def post() -> int:
        client = APIClient()
        client.force_login(alice)
        headers = {"X-Client-Mutation": mutation}
        answer = client.post("/api/tasks/", {"name": "Once"}, headers=headers)
        assert answer.status_code == 201, answer.content
        return int(answer.json()["id"])

    answers = at_once([post] * 4)
    assert len(set(answers)) == 1, answers
    assert Task.objects.count() == Mutation.objects.count() == 1


def test_two_sprints_at_once_cannot_end_on_one_day(alice: User, project: Project) -> None:
    given = {"name": "Rival", "end": project.today()}

    def create() -> Sprint:
        return services.create_sprint(actor=Actor(alice), project=project, given=given)

    answers = at_once([create] * 4)
    assert sum(isinstance(answer, Sprint) for answer in answers) == 1
    assert sum(isinstance(answer, RuleBroken) for answer in answers) == 3


def test_task_added_while_its_sprint_is_deleted_is_refused_or_kept(
    alice: User, project: Project, sprint: Sprint
) -> None:
    given = {"name": "Late", "sprint": sprint}
    added, deleted = at_once(
        [
            lambda: services.create_task(actor=Actor(alice), project=project, given=given),
            lambda: services.delete_sprint(actor=Actor(alice), sprint=sprint),
        ]
    )
    if isinstance(added, Task):
        assert isinstance(deleted, SprintHasTasks)
    else:
        assert isinstance(added, RuleBroken)
        assert deleted is None


def test_removed_member_is_left_with_no_task(
    alice: User,
    bob: User,
    project: Project,
    sprint: Sprint,
    new_task: Callable[..., Task],
    membership_of: Callable[[User], Membership],
) -> None:
    tasks = [new_task(f"Task {number}", sprint=sprint) for number in range(6)]
    membership = membership_of(bob)

    def assign(task: Task) -> Callable[[], Task]:
        given = {"assigned": "bob"}
        return lambda: services.update_task(actor=Actor(alice), task=task, given=given)

    removal = [lambda: services.remove_member(actor=Actor(alice), membership=membership)]
    answers = at_once([*map(assign, tasks), *removal])
    assert {type(answer) for answer in answers} <= {Task, RuleBroken, type(None)}
    assert not Task.objects.filter(assigned=bob).exists()


def test_edits_of_one_task_at_once_are_all_kept_field_by_field(
    alice: User, task: Task, sprint: Sprint
) -> None:
    edits: list[dict[str, Any]] = [
        {"name": "Named"},
        {"points": 5},
        {"description": "Text"},
        {"status": 2},
    ]

    def edit(given: dict[str, Any]) -> Callable[[], Task]:
        return lambda: services.update_task(actor=Actor(alice), task=task, given=given)

    answers = at_once(map(edit, edits))
    assert all(isinstance(answer, Task) for answer in answers), answers
    task.refresh_from_db()
    assert (task.name, task.points, task.description, task.status) == ("Named", 5, "Text", 2)
    assert task.version == 5
    assert_log_is_whole(f"sprint.{sprint.pk}")


def test_task_deleted_meanwhile_is_told_to_be_gone(alice: User, task: Task) -> None:
    services.delete_task(actor=Actor(alice), task=task)
    with pytest.raises(AlreadyGone):
        services.update_task(actor=Actor(alice), task=task, given={"name": "Late"})


def test_task_that_moved_to_another_sprint_meanwhile_is_still_changed(
    alice: User, project: Project, sprint: Sprint, task: Task
) -> None:
    """A stale copy names the old channel: the service finds out under the lock, and starts over."""
    stale = Task.objects.get(pk=task.pk)
    services.move_task(actor=Actor(alice), task=task, given={"sprint": None})
    services.update_task(actor=Actor(alice), task=stale, given={"name": "Found"})
    newest = Event.objects.filter(channel=f"project.{project.pk}").latest("seq")
    assert '"name":"Found"' in newest.payload


IMPATIENT = {
    "sqlite": ("PRAGMA busy_timeout = 50", "PRAGMA busy_timeout = 5000"),
    "postgresql": ("SET lock_timeout = 50", "SET lock_timeout = 5000"),
}
HOLD = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "BEGIN; SELECT name FROM board_channel FOR UPDATE",
}


def test_locked_database_is_503_with_retry_after(alice: User, project: Project, task: Task) -> None:
    client = APIClient()
    client.force_login(alice)
    holder = connection.copy()
    be_impatient, be_patient = IMPATIENT[connection.vendor]
    try:
        with connection.cursor() as cursor:
            cursor.execute(be_impatient)
        with holder.cursor() as cursor:
            cursor.execute(HOLD[connection.vendor])
        answer = client.patch(f"/api/tasks/{task.pk}/", {"name": "Blocked"})
    finally:
        holder.close()
        with connection.cursor() as cursor:
            cursor.execute(be_patient)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "try again" in answer.json()["detail"]
    task.refresh_from_db()
    assert task.version == 1


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_broken_connection_is_503_with_retry_after(error: type[Exception]) -> None:
    request = APIRequestFactory().get("/api/tasks/")
    handle = APIView().get_exception_handler()
    answer = handle(error("connection already closed"), {"request": request})
    assert answer
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="max_page_count is SQLite's")
def test_full_disk_is_503_and_writes_nothing_by_halves(
    alice: User, project: Project, sprint: Sprint, task: Task
) -> None:
    client = APIClient()
    client.force_login(alice)
    with connection.cursor() as cursor:
        # Pages that earlier tests have freed would hold the text.
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            answer = client.patch(f"/api/tasks/{task.pk}/", {"description": "x" * 100_000})
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    task.refresh_from_db()
    assert (task.version, task.description) == (1, "")
    assert_log_is_whole(f"sprint.{sprint.pk}")
