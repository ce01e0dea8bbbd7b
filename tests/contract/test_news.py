"""What others have done on a board since one has last seen it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import Channel, Sprint, Task, Visit

NewTask = Callable[..., Task]


def news(api: APIClient, sprint: Sprint) -> dict[str, Any]:
    answer = api.get(f"/api/sprints/{sprint.pk}/news/")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def positions(api: APIClient, sprint: Sprint) -> dict[str, Any]:
    return dict(api.get(f"/api/sprints/{sprint.pk}/board/").json()["channels"])


def see(api: APIClient, sprint: Sprint, channels: object = None) -> Any:
    body = {"channels": channels or positions(api, sprint)}
    return api.post(f"/api/sprints/{sprint.pk}/seen/", body, format="json")


def test_before_the_first_visit_nothing_is_new(
    member: APIClient, sprint: Sprint, task: Task
) -> None:
    assert news(member, sprint) == {"seen_at": None, "count": 0, "tasks": [], "changes": []}


def test_news_tells_what_others_did_since(
    api: APIClient, member: APIClient, sprint: Sprint, task: Task, new_task: NewTask
) -> None:
    api.patch(f"/api/tasks/{task.pk}/", {"points": 1})
    assert see(member, sprint).status_code == 204
    change = api.patch(f"/api/tasks/{task.pk}/", {"points": 2})["X-Change"]
    waiting = new_task("In the backlog")
    told = news(member, sprint)
    assert (told["count"], told["tasks"]) == (2, sorted([task.pk, waiting.pk]))
    assert [one["actor"] for one in told["changes"]] == ["alice", "alice"]
    assert told["changes"][1]["change"] == change
    assert told["changes"][1]["entries"][0]["task"]["name"] == "First task"
    assert told["seen_at"]


def test_own_changes_are_no_news(member: APIClient, sprint: Sprint, task: Task) -> None:
    see(member, sprint)
    member.patch(f"/api/tasks/{task.pk}/", {"points": 2})
    assert news(member, sprint)["count"] == 0


def test_change_on_both_channels_counts_once(
    api: APIClient, member: APIClient, sprint: Sprint, task: Task
) -> None:
    see(member, sprint)
    api.post(f"/api/tasks/{task.pk}/move/", {"sprint": None}, format="json")
    assert news(member, sprint)["count"] == len(news(member, sprint)["changes"]) == 1


def test_comment_that_calls_somebody_says_so(
    member: APIClient, alice: User, sprint: Sprint, task: Task
) -> None:
    see(member, sprint)
    services.create_comment(actor=Actor(alice), task=task, text="Have a look, @bob")
    services.create_comment(actor=Actor(alice), task=task, text="Fine")
    assert [one["mentions_me"] for one in news(member, sprint)["changes"]] == [False, True]


def test_seeing_it_again_ends_the_news(
    api: APIClient, member: APIClient, sprint: Sprint, task: Task
) -> None:
    see(member, sprint)
    api.patch(f"/api/tasks/{task.pk}/", {"points": 2})
    see(member, sprint)
    assert news(member, sprint)["count"] == 0


def test_older_positions_take_nothing_back(
    api: APIClient, member: APIClient, sprint: Sprint, task: Task
) -> None:
    old = positions(member, sprint)
    api.patch(f"/api/tasks/{task.pk}/", {"points": 2})
    see(member, sprint)
    assert see(member, sprint, old).status_code == 204
    assert news(member, sprint)["count"] == 0


def test_visits_are_each_persons_own(
    api: APIClient, member: APIClient, viewer: APIClient, sprint: Sprint, task: Task
) -> None:
    see(member, sprint)
    see(viewer, sprint)
    api.patch(f"/api/tasks/{task.pk}/", {"points": 2})
    see(member, sprint)
    assert (news(member, sprint)["count"], news(viewer, sprint)["count"]) == (0, 1)


def test_after_a_restored_database_everything_may_have_changed(
    member: APIClient, sprint: Sprint, task: Task
) -> None:
    see(member, sprint)
    Channel.objects.filter(pk=f"sprint.{sprint.pk}").update(epoch="another")
    told = news(member, sprint)
    assert (told["count"], told["tasks"], told["changes"]) == (None, [], [])
    see(member, sprint)
    assert news(member, sprint)["count"] == 0


def test_channel_that_has_shrunk_is_another_history(
    member: APIClient, sprint: Sprint, task: Task
) -> None:
    see(member, sprint)
    Channel.objects.filter(pk=f"sprint.{sprint.pk}").update(seq=0)
    assert news(member, sprint)["count"] is None


def test_positions_ahead_of_the_board_are_400(
    member: APIClient, sprint: Sprint, task: Task
) -> None:
    ahead = positions(member, sprint)
    ahead[f"sprint.{sprint.pk}"]["seq"] += 1
    answer = see(member, sprint, ahead)
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    "channels",
    [
        {},
        [],
        "x",
        {"sprint.1": 5},
        {"sprint.1": {"epoch": "a"}},
        {"sprint.1": {"epoch": "a", "seq": -1}},
        {"sprint.1": {"epoch": "a", "seq": 10**30}},
        {"control": {"epoch": "a", "seq": 0}},
        {"sprint.99": {"epoch": "a", "seq": 0}},
    ],
)
def test_other_positions_are_400(member: APIClient, sprint: Sprint, channels: object) -> None:
    body = {"channels": channels}
    answer = member.post(f"/api/sprints/{sprint.pk}/seen/", body, format="json")
    assert answer.status_code == 400
    assert member.post(f"/api/sprints/{sprint.pk}/seen/").status_code == 400


def test_outsider_and_anonymous_see_nothing(outsider: APIClient, sprint: Sprint) -> None:
    for client, status in ((outsider, 404), (APIClient(), 401)):
        assert client.get(f"/api/sprints/{sprint.pk}/news/").status_code == status
        assert client.post(f"/api/sprints/{sprint.pk}/seen/", {}).status_code == status


def test_news_of_much_is_short_and_takes_few_queries(
    api: APIClient,
    member: APIClient,
    sprint: Sprint,
    task: Task,
    django_assert_max_num_queries: Any,
) -> None:
    see(member, sprint)
    for points in range(60):
        api.patch(f"/api/tasks/{task.pk}/", {"points": points})
    with django_assert_max_num_queries(13):
        told = news(member, sprint)
    assert (told["count"], len(told["changes"])) == (60, 50)
