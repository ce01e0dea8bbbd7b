"""The sprints of the HTTP contract: fields, filters, refusals, board and ticket."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import Channel, Event, Membership, Project, Role, Sprint, Status, Task
from board.tickets import key_ring
from realtime.tickets import read_ticket

NewTask = Callable[..., Task]


def path_of(sprint: Sprint) -> str:
    return f"/api/sprints/{sprint.pk}/"


def test_sprint_shows_all_its_fields(api: APIClient, sprint: Sprint) -> None:
    body = api.get(path_of(sprint)).json()
    channel = body["links"].pop("channel")
    assert channel.startswith(f"ws://testserver:8080/socket/sprint.{sprint.pk}?channel=")
    here = f"http://testserver/api/sprints/{sprint.pk}/"
    assert body == {
        "id": sprint.pk,
        "project": sprint.project_id,
        "name": "Sprint 1",
        "title": "Sprint 1",
        "description": "",
        "goal": "",
        "start": None,
        "end": sprint.end.isoformat(),
        "closed_at": None,
        "version": 1,
        "created_at": sprint.created_at.isoformat(),
        "updated_at": sprint.updated_at.isoformat(),
        "links": {
            "self": here,
            "tasks": f"http://testserver/api/tasks/?sprint={sprint.pk}",
            "board": f"{here}board/",
            "ticket": f"{here}ticket/",
        },
    }


def test_links_lead_somewhere(api: APIClient, sprint: Sprint, task: Task) -> None:
    links = api.get(path_of(sprint)).json()["links"]
    assert api.get(links["self"]).status_code == 200
    assert [t["id"] for t in api.get(links["tasks"]).json()["results"]] == [task.pk]
    assert api.get(links["board"]).status_code == 200
    assert api.post(links["ticket"]).status_code == 200


def test_sprint_without_a_name_is_called_by_its_end(api: APIClient, sprint: Sprint) -> None:
    body = api.patch(path_of(sprint), {"name": ""}).json()
    assert body["title"] == f"Sprint ending {sprint.end.isoformat()}"


def test_name_and_end_are_enough(api: APIClient, project: Project) -> None:
    answer = api.post("/api/sprints/", {"name": "Next", "end": project.today().isoformat()})
    assert answer.status_code == 201
    assert answer.json()["project"] == project.pk
    assert "channel" in answer.json()["links"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "No end"}, "end"),
        ({"end": "someday"}, "end"),
        ({"end": "2999-01-01", "name": "x" * 101}, "name"),
        ({"end": "2999-01-01", "start": "2999-02-01"}, "start"),
        ({"end": "2999-01-01", "project": 987654}, "project"),
        ({"end": "2999-01-01", "goal": "x" * 501}, "goal"),
    ],
)
def test_invalid_fields_are_named(api: APIClient, given: dict[str, str], field: str) -> None:
    answer = api.post("/api/sprints/", given)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


def test_end_cannot_be_in_the_past(api: APIClient, sprint: Sprint, project: Project) -> None:
    yesterday = (project.today() - timedelta(days=1)).isoformat()
    message = {"end": ["End date cannot be in the past."]}
    assert api.post("/api/sprints/", {"name": "n", "end": yesterday}).json() == message
    assert api.patch(path_of(sprint), {"end": yesterday}).json() == message


def test_ended_sprint_can_be_renamed(api: APIClient, past_sprint: Sprint) -> None:
    body = api.get(path_of(past_sprint)).json()
    answer = api.put(path_of(past_sprint), {**body, "name": "Renamed"}, format="json")
    assert (answer.status_code, answer.json()["name"]) == (200, "Renamed")


def test_two_sprints_of_a_project_cannot_end_on_one_day(
    api: APIClient, sprint: Sprint, outsider: APIClient
) -> None:
    end = sprint.end.isoformat()
    assert list(api.post("/api/sprints/", {"name": "n", "end": end}).json()) == ["end"]
    other = api.post("/api/sprints/", {"end": (sprint.end + timedelta(days=1)).isoformat()})
    answer = api.patch(f"/api/sprints/{other.json()['id']}/", {"end": end})
    assert (answer.status_code, list(answer.json())) == (400, ["end"])
    assert outsider.post("/api/sprints/", {"name": "n", "end": end}).status_code == 201


def test_project_of_a_sprint_never_changes(api: APIClient, sprint: Sprint) -> None:
    other = api.post("/api/projects/", {"key": "OPS", "name": "Operations"}).json()
    body = api.patch(path_of(sprint), {"project": other["id"]}).json()
    assert body["project"] == sprint.project_id


def test_filters_search_and_ordering(
    api: APIClient, sprint: Sprint, past_sprint: Sprint, project: Project
) -> None:
    today = project.today().isoformat()

    def names(query: str) -> list[str]:
        return [s["name"] for s in api.get(f"/api/sprints/?{query}").json()["results"]]

    assert names("") == ["Past", "Sprint 1"]
    assert names("ordering=-end") == ["Sprint 1", "Past"]
    assert names("ordering=name") == ["Past", "Sprint 1"]
    assert names(f"end_min={today}") == ["Sprint 1"]
    assert names(f"end_max={today}") == ["Past"]
    assert names("search=pas") == ["Past"]
    assert names(f"project={project.pk}") == ["Past", "Sprint 1"]
    assert api.get("/api/sprints/?end_min=soon").status_code == 400


def test_list_takes_as_many_queries_for_many_as_for_few(
    api: APIClient, sprint: Sprint, past_sprint: Sprint, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(5):
        api.get("/api/sprints/")


def test_preconditions(api: APIClient, sprint: Sprint) -> None:
    assert api.get(path_of(sprint))["ETag"] == '"1"'
    assert api.patch(path_of(sprint), {"name": "n"}, headers={"If-Match": '"1"'}).status_code == 200
    for method in (api.put, api.patch, api.delete):
        answer = method(path_of(sprint), {"name": "m"}, headers={"If-Match": '"1"'})
        assert answer.status_code == 412
        assert answer.json()["sprint"]["version"] == 2


def test_empty_sprint_is_deleted(api: APIClient, sprint: Sprint) -> None:
    assert api.delete(path_of(sprint)).status_code == 204
    assert api.get(path_of(sprint)).status_code == 404


def test_sprint_with_tasks_is_not_deleted_by_accident(
    api: APIClient, sprint: Sprint, task: Task
) -> None:
    answer = api.delete(path_of(sprint))
    assert answer.status_code == 409
    assert "?tasks=backlog" in answer.json()["detail"]
    assert api.delete(path_of(sprint) + "?tasks=away").status_code == 409
    assert api.get(path_of(sprint)).status_code == 200


def test_open_tasks_go_to_the_backlog_and_done_ones_stay_in_history(
    api: APIClient, sprint: Sprint, new_task: NewTask
) -> None:
    old = new_task("Old backlog")
    started = new_task("Started", sprint=sprint, status=Status.TESTING)
    done = new_task("Done", sprint=sprint, status=Status.DONE)
    assert api.delete(path_of(sprint) + "?tasks=backlog").status_code == 204
    backlog = api.get("/api/tasks/?backlog=True").json()["results"]
    assert [(t["id"], t["status"]) for t in backlog] == [(old.pk, 1), (started.pk, 1)]
    assert Task.objects.filter(pk=done.pk, deleted_at__isnull=False).exists()


def test_closed_sprint_takes_no_more_tasks_until_it_is_reopened(
    api: APIClient, sprint: Sprint
) -> None:
    closed = [api.post(path_of(sprint) + "close/").json() for _ in range(2)]
    assert closed[0]["closed_at"] == closed[1]["closed_at"] is not None
    refused = api.post("/api/tasks/", {"name": "Late", "sprint": sprint.pk})
    assert refused.json() == {"sprint": ["Cannot add tasks to past sprints."]}
    assert api.post(path_of(sprint) + "reopen/").json()["closed_at"] is None
    assert api.post("/api/tasks/", {"name": "n", "sprint": sprint.pk}).status_code == 201


def test_only_writers_close_sprints(viewer: APIClient, outsider: APIClient, sprint: Sprint) -> None:
    for verb in ("close", "reopen"):
        assert viewer.post(f"{path_of(sprint)}{verb}/").status_code == 403
        assert outsider.post(f"{path_of(sprint)}{verb}/").status_code == 404


def test_viewer_cannot_change_sprints(viewer: APIClient, sprint: Sprint) -> None:
    assert viewer.post("/api/sprints/", {"end": "2999-01-01"}).status_code == 403
    for method in (viewer.put, viewer.patch, viewer.delete):
        assert method(path_of(sprint), {}).status_code == 403


# The board


def board_of(api: APIClient, sprint: Sprint, **headers: str) -> Any:
    return api.get(path_of(sprint) + "board/", headers=headers)


def test_board_has_all_that_a_page_needs(
    api: APIClient, sprint: Sprint, new_task: NewTask, project: Project
) -> None:
    task = new_task("On it", sprint=sprint, description="Long")
    waiting = new_task("Waiting")
    body = board_of(api, sprint).json()
    assert body["sprint"]["id"] == sprint.pk
    assert "channel" not in body["sprint"]["links"]
    assert body["project"]["key"] == "WEB"
    assert [card["id"] for card in body["tasks"]] == [task.pk]
    assert [card["id"] for card in body["backlog"]] == [waiting.pk]
    assert [member["user"] for member in body["members"]] == ["alice", "bob", "vera"]
    assert (body["today"], body["role"]) == (project.today().isoformat(), "owner")
    assert body["channels"].keys() == {f"sprint.{sprint.pk}", f"project.{project.pk}"}
    assert body["channels"][f"sprint.{sprint.pk}"]["seq"] == 1
    assert body["channels"][f"sprint.{sprint.pk}"]["epoch"]
    newest = Event.objects.get(channel=f"sprint.{sprint.pk}", seq=1)
    assert body["channels"][f"sprint.{sprint.pk}"]["change"] == newest.change


def test_cards_have_no_description_but_say_that_there_is_one(
    api: APIClient, sprint: Sprint, new_task: NewTask
) -> None:
    task = new_task(sprint=sprint, description="Long")
    new_task(sprint=sprint)
    cards = board_of(api, sprint).json()["tasks"]
    assert [card["has_description"] for card in cards] == [True, False]
    whole = api.get(f"/api/tasks/{task.pk}/").json()
    del whole["description"]
    assert cards[0] == whole


def test_board_shows_each_card_as_its_task_and_in_order(
    api: APIClient, sprint: Sprint, new_task: NewTask
) -> None:
    full = new_task(
        'Caf\u00e9 "\\" \u2028',
        sprint=sprint,
        status=Status.DONE,
        assigned="bob",
        points=0,
        due=sprint.end,
        description="Long",
    )
    bare = new_task("Bare", sprint=sprint)
    last = new_task("Last", sprint=sprint, status=Status.DONE)
    waiting = new_task("Waiting")
    for _ in range(2):
        board = board_of(api, sprint).json()
        assert [card["id"] for card in board["tasks"]] == [full.pk, bare.pk, last.pk]
        for card in board["tasks"] + board["backlog"]:
            whole = api.get(card["links"]["self"]).json()
            del whole["description"]
            assert card == whole
        assert [card["id"] for card in board["backlog"]] == [waiting.pk]
        api.patch(f"/api/tasks/{bare.pk}/", {"name": "Not bare any more", "points": 3})


def test_board_takes_as_many_queries_for_many_tasks_as_for_few(
    api: APIClient,
    sprint: Sprint,
    new_task: NewTask,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(30):
        new_task(f"Task {number}", sprint=sprint, assigned="bob", description="d")
    with django_assert_max_num_queries(10):
        assert len(board_of(api, sprint).json()["tasks"]) == 30


def test_board_of_a_restored_database_is_not_taken_for_the_one_that_was_lost(
    api: APIClient, sprint: Sprint
) -> None:
    first = board_of(api, sprint)
    Channel.objects.filter(name=f"sprint.{sprint.pk}").update(change="another history")
    assert board_of(api, sprint, **{"If-None-Match": first["ETag"]}).status_code == 200


def test_unchanged_board_is_304_without_a_body(api: APIClient, sprint: Sprint) -> None:
    first = board_of(api, sprint)
    assert first["Cache-Control"] == "private, no-cache"
    again = board_of(api, sprint, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])


def test_compressed_board_is_recognised_again(api: APIClient, sprint: Sprint) -> None:
    first = board_of(api, sprint, **{"Accept-Encoding": "gzip"})
    assert first["ETag"].startswith('W/"')
    assert board_of(api, sprint, **{"If-None-Match": first["ETag"]}).status_code == 304


def test_board_is_new_after_any_change_that_it_shows(
    api: APIClient, sprint: Sprint, task: Task, project: Project, new_task: NewTask
) -> None:
    waiting = new_task("Waiting")
    changes: list[Callable[[], Any]] = [
        lambda: api.patch(f"/api/tasks/{task.pk}/", {"name": "New"}),
        lambda: api.patch(f"/api/tasks/{waiting.pk}/", {"name": "New"}),
        lambda: api.patch(path_of(sprint), {"goal": "New"}),
        lambda: api.patch(f"/api/projects/{project.pk}/", {"name": "New"}),
        lambda: api.delete(f"/api/tasks/{task.pk}/"),
    ]
    for change in changes:
        before = board_of(api, sprint)["ETag"]
        change()
        assert board_of(api, sprint, **{"If-None-Match": before}).status_code == 200


def test_board_belongs_to_one_person_in_one_role(
    api: APIClient,
    viewer: APIClient,
    sprint: Sprint,
    membership_of: Callable[..., Membership],
    alice: User,
    vera: User,
) -> None:
    owners = board_of(api, sprint)["ETag"]
    assert board_of(viewer, sprint, **{"If-None-Match": owners}).status_code == 200
    viewers = board_of(viewer, sprint)["ETag"]
    services.change_role(actor=Actor(alice), membership=membership_of(vera), role=Role.MEMBER)
    assert board_of(viewer, sprint, **{"If-None-Match": viewers}).json()["role"] == "member"


def test_access_to_the_board_is_checked_before_its_etag(
    api: APIClient, outsider: APIClient, sprint: Sprint
) -> None:
    etag = board_of(api, sprint)["ETag"]
    assert board_of(outsider, sprint, **{"If-None-Match": etag}).status_code == 404


# Tickets


def ticket_in(url: str) -> str:
    return parse_qs(urlsplit(url).query)["channel"][0]


def test_ticket_is_bound_to_person_role_and_channels(
    api: APIClient, viewer: APIClient, sprint: Sprint
) -> None:
    for client, username, role in ((api, "alice", "owner"), (viewer, "vera", "viewer")):
        url = client.post(path_of(sprint) + "ticket/").json()["channel"]
        ticket = read_ticket(key_ring(), ticket_in(url), channel=f"sprint.{sprint.pk}")
        assert (ticket.username, ticket.role) == (username, role)
        assert ticket.channels == (f"sprint.{sprint.pk}", f"project.{sprint.project_id}")


@pytest.mark.parametrize("host", ["testserver", "localhost:8000", "127.0.0.1:9000", "[::1]:8000"])
def test_channel_is_on_the_requests_host(api: APIClient, sprint: Sprint, host: str) -> None:
    url = api.post(path_of(sprint) + "ticket/", headers={"Host": host}).json()["channel"]
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    assert urlsplit(url).netloc == f"{name}:8080"


def test_channel_is_on_the_configured_server(
    api: APIClient, sprint: Sprint, settings: Settings
) -> None:
    settings.WATERCOOLER_SERVER = "live.example.com"
    settings.IS_SECURE, settings.IS_SECURE_CONFIGURED = True, True
    url = api.post(path_of(sprint) + "ticket/").json()["channel"]
    assert url.startswith(f"wss://live.example.com/socket/sprint.{sprint.pk}?")


def test_outsider_gets_no_ticket(outsider: APIClient, sprint: Sprint) -> None:
    assert outsider.post(path_of(sprint) + "ticket/").status_code == 404
