"""What a change writes into the log: on which channels, with what, and all or nothing."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import User
from django.db import transaction
from rest_framework.test import APIClient

from board import services
from board.changes import LARGEST_EVENT, Actor
from board.errors import RuleBroken
from board.models import Channel, Event, Membership, Project, Role, Sprint, Task

NewTask = Callable[..., Task]


def events_on(channel: str) -> list[dict[str, Any]]:
    rows = Event.objects.filter(channel=channel).order_by("seq")
    return [orjson.loads(row.payload) for row in rows]


def last_event(channel: str) -> dict[str, Any]:
    return events_on(channel)[-1]


def test_update_tells_who_what_and_the_whole_object(
    api: APIClient, task: Task, sprint: Sprint
) -> None:
    answer = api.patch(f"/api/tasks/{task.pk}/", {"status": 2, "name": "Renamed"}).json()
    event = last_event(f"sprint.{sprint.pk}")
    assert (event["actor"], event["origin"]) == ("alice", None)
    assert (event["model"], event["action"], event["id"]) == ("task", "update", task.pk)
    assert event["version"] == event["body"]["version"] == 2
    assert event["changed"]["status"] == [1, 2]
    assert event["changed"]["name"] == ["First task", "Renamed"]
    assert event["changed"]["started"] == [None, answer["started"]]
    body = {
        **answer,
        "links": {k: v and v[len("http://testserver") :] for k, v in answer["links"].items()},
    }
    assert event["body"] == body


def test_long_texts_are_named_without_their_values(
    api: APIClient, task: Task, sprint: Sprint
) -> None:
    api.patch(f"/api/tasks/{task.pk}/", {"description": "Long"})
    assert last_event(f"sprint.{sprint.pk}")["changed"] == {"description": []}


def test_event_over_16_kib_leaves_its_long_text_out(
    api: APIClient, task: Task, sprint: Sprint
) -> None:
    api.patch(f"/api/tasks/{task.pk}/", {"description": "x" * LARGEST_EVENT})
    event = last_event(f"sprint.{sprint.pk}")
    assert event["omitted"] == ["description"]
    assert "description" not in event["body"]
    assert event["body"]["has_description"] is True


def test_change_that_changes_nothing_is_no_event(
    api: APIClient, task: Task, sprint: Sprint
) -> None:
    api.patch(f"/api/tasks/{task.pk}/", {"name": task.name})
    assert len(events_on(f"sprint.{sprint.pk}")) == 1


def test_move_between_channels_is_announced_on_both(
    api: APIClient, task: Task, sprint: Sprint
) -> None:
    api.post(f"/api/tasks/{task.pk}/move/", {"sprint": None}, format="json")
    left, entered = (last_event(f"sprint.{sprint.pk}"), last_event(f"project.{sprint.project_id}"))
    assert left == entered
    changes = {
        Event.objects.filter(channel=name).latest("seq").change
        for name in (f"sprint.{sprint.pk}", f"project.{sprint.project_id}")
    }
    assert len(changes) == 1


def test_remove_carries_the_last_version_plus_one_and_no_body(
    api: APIClient, task: Task, sprint: Sprint
) -> None:
    api.delete(f"/api/tasks/{task.pk}/")
    event = last_event(f"sprint.{sprint.pk}")
    assert (event["action"], event["version"], event["body"]) == ("remove", 2, None)


def test_undo_is_stored_and_never_sent(api: APIClient, new_task: NewTask, sprint: Sprint) -> None:
    above, task = new_task("Above", sprint=sprint), new_task("Moved", sprint=sprint)
    api.post(f"/api/tasks/{task.pk}/move/", {"status": 3})
    row = Event.objects.filter(channel=f"sprint.{sprint.pk}").latest("seq")
    assert row.undo is not None
    assert (row.undo["status"], row.undo["after"]) == (1, above.pk)
    assert "undo" not in orjson.loads(row.payload)


def test_numbering_anew_names_orders_and_the_versions_they_are_for(
    api: APIClient, new_task: NewTask, sprint: Sprint
) -> None:
    first, second = new_task(sprint=sprint, order=1), new_task(sprint=sprint, order=2)
    third = new_task(sprint=sprint, order=3)
    api.post(f"/api/tasks/{third.pk}/move/", {"after": first.pk})
    event = events_on(f"sprint.{sprint.pk}")[-2]
    assert (event["model"], event["action"]) == ("column", "order")
    assert (event["sprint"], event["status"]) == (sprint.pk, 1)
    assert event["order"].keys() == event["versions"].keys() == {str(first.pk), str(second.pk)}
    assert event["versions"] == {str(first.pk): 1, str(second.pk): 1}


def test_sprints_projects_and_memberships_come_on_the_projects_channel(
    api: APIClient,
    project: Project,
    sprint: Sprint,
    bob: User,
    membership_of: Callable[[User], Membership],
) -> None:
    api.patch(f"/api/sprints/{sprint.pk}/", {"goal": "New"})
    api.patch(f"/api/projects/{project.pk}/", {"name": "New"})
    api.patch(f"/api/memberships/{membership_of(bob).pk}/", {"role": "viewer"})
    api.delete(f"/api/memberships/{membership_of(bob).pk}/")
    api.delete(f"/api/sprints/{sprint.pk}/")
    told = [(e["model"], e["action"]) for e in events_on(f"project.{project.pk}")]
    assert told[-5:] == [
        ("sprint", "update"),
        ("project", "update"),
        ("membership", "update"),
        ("membership", "remove"),
        ("sprint", "remove"),
    ]
    assert "channel" not in events_on(f"project.{project.pk}")[-5]["body"]["links"]


def test_removed_members_tasks_are_unassigned_with_their_events(
    project: Project,
    sprint: Sprint,
    alice: User,
    bob: User,
    new_task: NewTask,
    membership_of: Callable[[User], Membership],
) -> None:
    on_board, waiting = new_task(sprint=sprint, assigned="bob"), new_task(assigned="bob")
    services.remove_member(actor=Actor(alice), membership=membership_of(bob))
    assert last_event(f"sprint.{sprint.pk}")["changed"] == {"assigned": ["bob", None]}
    unassigned = events_on(f"project.{project.pk}")[-2]
    assert (unassigned["id"], unassigned["changed"]) == (waiting.pk, {"assigned": ["bob", None]})
    on_board.refresh_from_db()
    assert on_board.assigned is None


def test_persons_new_name_reaches_their_projects(project: Project, alice: User, bob: User) -> None:
    services.update_person(actor=Actor(alice), user=bob, given={"first_name": "Bobby"})
    event = last_event(f"project.{project.pk}")
    assert event["changed"] == {"full_name": ["Bob Baker", "Bobby Baker"]}


def test_adding_a_member_again_changes_the_role(project: Project, alice: User, bob: User) -> None:
    services.add_member(actor=Actor(alice), project=project, user=bob, role=Role.OWNER)
    assert last_event(f"project.{project.pk}")["changed"] == {"role": ["member", "owner"]}


def test_sequence_is_gapless_and_ends_where_the_channel_says(
    api: APIClient, sprint: Sprint, task: Task
) -> None:
    for number in range(5):
        api.patch(f"/api/tasks/{task.pk}/", {"name": f"Name {number}"})
        api.patch(f"/api/tasks/{task.pk}/", {"status": 9})
    channel = Channel.objects.get(pk=f"sprint.{sprint.pk}")
    seqs = list(channel.events.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, 7))
    newest = channel.events.latest("seq")
    assert (channel.seq, channel.change) == (6, newest.change)


@pytest.mark.django_db(transaction=True)
def test_refused_change_leaves_no_event_and_no_hole(
    alice: User, project: Project, sprint: Sprint, task: Task
) -> None:
    before = Channel.objects.get(pk=f"sprint.{sprint.pk}").seq
    with pytest.raises(RuleBroken):
        services.update_task(actor=Actor(alice), task=task, given={"assigned": "nobody"})
    assert Channel.objects.get(pk=f"sprint.{sprint.pk}").seq == before


@pytest.mark.django_db(transaction=True)
def test_rolled_back_change_leaves_no_event_and_no_hole(
    alice: User, project: Project, sprint: Sprint, task: Task
) -> None:
    before = Event.objects.count()

    def write_and_fail() -> None:
        with transaction.atomic():
            services.update_task(actor=Actor(alice), task=task, given={"name": "Lost"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert Event.objects.count() == before
    services.update_task(actor=Actor(alice), task=task, given={"name": "Kept"})
    assert last_event(f"sprint.{sprint.pk}")["body"]["name"] == "Kept"
    assert Channel.objects.get(pk=f"sprint.{sprint.pk}").seq == 2
