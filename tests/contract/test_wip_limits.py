"""How many tasks the columns of a project should hold at most."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board.models import Project
from tests.board.test_events import last_event


@pytest.fixture
def path(project: Project) -> str:
    return f"/api/projects/{project.pk}/"


def limit(api: APIClient, path: str, limits: Any) -> Any:
    return api.patch(path, {"wip_limits": limits}, format="json")


def test_columns_have_no_limits_at_first(api: APIClient, path: str) -> None:
    assert api.get(path).json()["wip_limits"] == {}


def test_a_change_is_about_the_columns_that_it_names(api: APIClient, path: str) -> None:
    assert limit(api, path, {"3": 5, "2": 1}).json()["wip_limits"] == {"2": 1, "3": 5}
    assert limit(api, path, {"4": 999}).json()["wip_limits"] == {"2": 1, "3": 5, "4": 999}
    changed = limit(api, path, {"3": None, "1": None})
    assert changed.json()["wip_limits"] == {"2": 1, "4": 999}
    assert api.get(path).json() == changed.json()


def test_boards_and_watchers_are_told(
    api: APIClient, path: str, project: Project, sprint: Any
) -> None:
    limit(api, path, {"2": 3})
    event = last_event(f"project.{project.pk}")
    assert event["changed"] == {"wip_limits": [{}, {"2": 3}]}
    assert event["body"]["wip_limits"] == {"2": 3}
    board = api.get(f"/api/sprints/{sprint.pk}/board/").json()
    assert board["project"]["wip_limits"] == {"2": 3}


def test_same_limits_are_no_change(api: APIClient, path: str) -> None:
    limit(api, path, {"2": 3})
    again = limit(api, path, {"2": 3, "4": None})
    assert (again.json()["version"], "X-Change" in again) == (2, False)


def test_put_takes_back_what_get_gave(api: APIClient, path: str) -> None:
    body = limit(api, path, {"2": 3}).json()
    assert api.put(path, body, format="json").json() == body
    renamed = {"key": "WEB", "name": "New"}
    assert api.put(path, renamed, format="json").json()["wip_limits"] == {"2": 3}


def test_forms_give_limits_as_json(api: APIClient, path: str) -> None:
    for given in ({"wip_limits": '{"2": 3}'}, {"name": "New"}):
        answer = api.patch(path, given, format="multipart")
        assert answer.json()["wip_limits"] == {"2": 3}


def test_new_project_may_begin_with_limits(api: APIClient) -> None:
    given = {"key": "OPS", "name": "Operations", "wip_limits": {"2": 3, "3": None}}
    assert api.post("/api/projects/", given, format="json").json()["wip_limits"] == {"2": 3}


@pytest.mark.parametrize(
    "limits",
    [
        *(None, 3, "3", [3], {"0": 3}, {"5": 3}, {"": 3}, {"two": 3}, {"02": 3}),
        *({"2": 0}, {"2": -1}, {"2": 1000}, {"2": 2.5}, {"2": "3"}, {"2": True}, {"2": []}),
    ],
)
def test_what_is_no_limit_is_refused_in_words(api: APIClient, path: str, limits: Any) -> None:
    answer = limit(api, path, limits)
    assert answer.status_code == 400
    [message] = answer.json()["wip_limits"]
    assert message
    assert api.get(path).json()["wip_limits"] == {}


def test_only_owners_set_limits(
    as_user: Any, bob: User, viewer: APIClient, outsider: APIClient, path: str
) -> None:
    for client, status in ((as_user(bob), 403), (viewer, 403), (outsider, 404)):
        assert limit(client, path, {"2": 3}).status_code == status
