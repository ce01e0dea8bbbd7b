"""The comments of the HTTP contract."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import Comment, Event, Membership, Project, Role, Task
from tests.conftest import make_user

AsUser = Callable[[User | None], APIClient]
PATH = "/api/comments/"


@pytest.fixture
def comment(bob: User, task: Task) -> Comment:
    return services.create_comment(actor=Actor(bob), task=task, text="Looks *good*, @alice")


def path_of(comment: Comment) -> str:
    return f"{PATH}{comment.pk}/"


def texts(answer: Any) -> list[str]:
    return [comment["text"] for comment in answer.json()["results"]]


def last_events(count: int) -> list[dict[str, Any]]:
    """The newest events, the oldest of them first, without what differs from run to run."""
    events = Event.objects.order_by("-pk")[:count]
    assert len({event.change for event in events}) == 1
    return [orjson.loads(event.payload) for event in reversed(events)]


def test_comment_shows_all_its_fields(api: APIClient, comment: Comment) -> None:
    answer = api.get(path_of(comment))
    assert answer["ETag"] == '"1"'
    assert answer.json() == {
        "id": comment.pk,
        "task": comment.task_id,
        "author": "bob",
        "text": "Looks *good*, @alice",
        "mentions": ["alice"],
        "version": 1,
        "created_at": comment.created_at.isoformat(),
        "edited_at": None,
        "links": {
            "self": f"http://testserver/api/comments/{comment.pk}/",
            "task": f"http://testserver/api/tasks/{comment.task_id}/",
        },
    }


def test_member_comments_and_the_card_counts(api: APIClient, task: Task) -> None:
    answer = api.post(PATH, {"task": task.pk, "text": "First"})
    assert (answer.status_code, answer["ETag"]) == (201, '"1"')
    assert (answer.json()["author"], answer.json()["text"]) == ("alice", "First")
    body = api.get(f"/api/tasks/{task.pk}/").json()
    assert (body["comment_count"], body["version"]) == (1, 2)
    added, counted = last_events(2)
    assert (added["model"], added["action"], added["version"]) == ("comment", "add", 1)
    assert added["body"]["links"]["self"] == path_of(Comment.objects.get())
    assert (counted["model"], counted["changed"]) == ("task", {"comment_count": [0, 1]})
    assert set(Event.objects.order_by("-pk")[:2].values_list("task", flat=True)) == {task.pk}


def test_comments_come_oldest_first_and_by_task(
    api: APIClient, task: Task, new_task: Callable[..., Task]
) -> None:
    other = new_task("Other")
    for text, where in (("1", task), ("2", other), ("3", task)):
        api.post(PATH, {"task": where.pk, "text": text})
    assert texts(api.get(f"{PATH}?task={task.pk}")) == ["1", "3"]
    assert texts(api.get(PATH)) == ["1", "2", "3"]


def test_list_takes_the_same_queries_however_long(
    api: APIClient, task: Task, bob: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        services.create_comment(actor=Actor(bob), task=task, text=str(number))
    with django_assert_max_num_queries(6):
        assert api.get(f"{PATH}?task={task.pk}").json()["count"] == 12


def test_author_edits_and_it_says_so(as_user: AsUser, bob: User, comment: Comment) -> None:
    answer = as_user(bob).patch(path_of(comment), {"text": "Ask @vera"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["text"], body["mentions"], body["version"]) == ("Ask @vera", ["vera"], 2)
    assert body["edited_at"] is not None
    (event,) = last_events(1)
    assert (event["model"], event["action"]) == ("comment", "update")
    assert event["changed"]["text"] == []
    assert Event.objects.latest("pk").undo == {
        "text": "Looks *good*, @alice",
        "mentions": ["alice"],
        "edited_at": None,
    }


@pytest.mark.parametrize("given", [{}, {"text": "Looks *good*, @alice"}, {"author": "alice"}])
def test_same_text_changes_nothing(
    as_user: AsUser, bob: User, comment: Comment, given: dict[str, Any]
) -> None:
    events = Event.objects.count()
    body = as_user(bob).patch(path_of(comment), given).json()
    assert (body["version"], body["edited_at"], body["author"]) == (1, None, "bob")
    assert Event.objects.count() == events


def test_comment_stays_with_its_task(
    as_user: AsUser, bob: User, comment: Comment, foreign_task: Task, new_task: Callable[..., Task]
) -> None:
    for other in (new_task(), foreign_task):
        body = as_user(bob).patch(path_of(comment), {"task": other.pk, "text": "Moved?"}).json()
        assert body["task"] == comment.task_id


def test_only_its_author_edits(api: APIClient, comment: Comment) -> None:
    answer = api.patch(path_of(comment), {"text": "Mine"})
    assert answer.status_code == 403
    assert answer.json() == {"detail": "Only who wrote this can change it."}


def test_author_and_owner_delete_and_others_do_not(
    as_user: AsUser, alice: User, bob: User, project: Project, task: Task
) -> None:
    carol = make_user("carol", "Carol Carter")
    services.add_member(actor=Actor(alice), project=project, user=carol, role=Role.MEMBER)
    for deleter, status in ((carol, 403), (bob, 204), (alice, 204)):
        comment = services.create_comment(actor=Actor(bob), task=task, text="Away")
        assert as_user(deleter).delete(path_of(comment)).status_code == status
    task.refresh_from_db()
    assert task.comment_count == 1


def test_deleted_comment_is_gone_but_kept(api: APIClient, comment: Comment) -> None:
    assert api.delete(path_of(comment)).status_code == 204
    for method in (api.get, api.patch, api.delete):
        assert method(path_of(comment)).status_code == 404
    assert texts(api.get(PATH)) == []
    comment.refresh_from_db()
    assert comment.deleted_at is not None
    removed, counted = last_events(2)
    assert (removed["action"], removed["version"], removed["body"]) == ("remove", 2, None)
    assert counted["changed"] == {"comment_count": [1, 0]}
    assert Event.objects.get(payload__contains='"remove"').undo == {"deleted_at": None}


def test_comments_of_a_deleted_task_are_gone(api: APIClient, comment: Comment) -> None:
    api.delete(f"/api/tasks/{comment.task_id}/")
    assert api.get(path_of(comment)).status_code == 404
    assert texts(api.get(PATH)) == []
    for answer in (
        api.get(f"{PATH}?task={comment.task_id}"),
        api.post(PATH, {"task": comment.task_id, "text": "Too late"}),
    ):
        assert (answer.status_code, list(answer.json())) == (400, ["task"])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "  \n "}, "text"),
        ({"text": None}, "text"),
        ({"text": ["list"]}, "text"),
        ({"text": "nul \x00"}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({}, "text"),
        ({"text": "n", "task": 999_999}, "task"),
        ({"text": "n", "task": None}, "task"),
        ({"text": "n", "task": "first"}, "task"),
    ],
)
def test_invalid_fields_are_named(
    api: APIClient, task: Task, given: dict[str, Any], field: str
) -> None:
    answer = api.post(PATH, {"task": task.pk, **given}, format="json")
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not Comment.objects.exists()


def test_hidden_and_unknown_tasks_answer_the_same(api: APIClient, foreign_task: Task) -> None:
    def answers(pk: int) -> list[tuple[int, str]]:
        both = api.post(PATH, {"task": pk, "text": "n"}), api.get(f"{PATH}?task={pk}")
        return [(one.status_code, one.content.decode().replace(str(pk), "?")) for one in both]

    assert answers(foreign_task.pk) == answers(987654)
    assert [status for status, _ in answers(foreign_task.pk)] == [400, 400]


def test_viewer_reads_only(
    viewer: APIClient, comment: Comment, vera: User, membership_of: Callable[[User], Membership]
) -> None:
    assert texts(viewer.get(PATH)) == [comment.text]
    assert viewer.get(path_of(comment)).status_code == 200
    assert viewer.post(PATH, {"task": comment.task_id, "text": "Me, too"}).status_code == 403
    assert viewer.delete(path_of(comment)).status_code == 403
    Comment.objects.update(author=vera)
    assert viewer.patch(path_of(comment), {"text": "Mine"}).status_code == 403


def test_outsider_and_anonymous_reach_nothing(outsider: APIClient, comment: Comment) -> None:
    assert texts(outsider.get(PATH)) == []
    for client, status in ((outsider, 404), (APIClient(), 401)):
        for method in (client.get, client.patch, client.delete):
            assert method(path_of(comment)).status_code == status


def test_archived_project_takes_no_comments(
    as_user: AsUser, alice: User, bob: User, project: Project, comment: Comment
) -> None:
    services.archive_project(actor=Actor(alice), project=project)
    client = as_user(bob)
    assert client.get(path_of(comment)).status_code == 200
    for answer in (
        client.post(PATH, {"task": comment.task_id, "text": "n"}),
        client.patch(path_of(comment), {"text": "n"}),
        client.delete(path_of(comment)),
    ):
        assert answer.status_code == 403
        assert "archived" in answer.json()["detail"]


def test_repeated_comment_is_written_once(api: APIClient, task: Task) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    given = {"task": task.pk, "text": "Once"}
    answers = [api.post(PATH, given, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert Comment.objects.count() == 1
    assert api.post(PATH, {**given, "text": "Other"}, headers=headers).status_code == 422


def test_precondition_that_does_not_hold_changes_nothing(
    as_user: AsUser, bob: User, comment: Comment
) -> None:
    client, stale = as_user(bob), {"If-Match": '"7"'}
    for answer in (
        client.patch(path_of(comment), {"text": "n"}, headers=stale),
        client.delete(path_of(comment), headers=stale),
    ):
        assert answer.status_code == 412
        assert answer.json()["comment"]["version"] == 1
    current = {"If-Match": '"1"'}
    assert client.patch(path_of(comment), {"text": "n"}, headers=current).status_code == 200


def test_markup_comes_back_as_it_was_typed(api: APIClient, task: Task) -> None:
    text = "<script>alert('x')</script><img src=x onerror=alert(1)> \u202edesrever 👩‍👩‍👧 @alice"
    answer = api.post(PATH, {"task": task.pk, "text": text}, format="json")
    assert answer["Content-Type"] == "application/json"
    assert api.get(answer.json()["links"]["self"]).json()["text"] == text


def test_comment_too_long_for_an_event_is_named_in_it(api: APIClient, task: Task) -> None:
    text = "\u4e16" * 10_000
    assert api.post(PATH, {"task": task.pk, "text": text}).json()["text"] == text
    added, _ = last_events(2)
    assert added["omitted"] == ["text"]
    assert "text" not in added["body"]


def test_only_active_members_of_the_project_are_mentioned(
    api: APIClient, task: Task, charlie: User, bob: User
) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    text = "@alice @bob @vera @charlie @nobody"
    answer = api.post(PATH, {"task": task.pk, "text": text})
    assert answer.json()["mentions"] == ["alice", "vera"]
