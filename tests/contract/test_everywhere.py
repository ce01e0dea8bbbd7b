"""What api-contract asks of every endpoint."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board.models import Label, Project, Sprint, Task
from tests.conftest import PASSWORD

COLLECTIONS = [
    "projects",
    "memberships",
    "invitations",
    "users",
    "sprints",
    "tasks",
    "comments",
    "checklist-items",
    "labels",
    "attachments",
]


def test_root_needs_no_login_and_links_the_collections(db: None) -> None:
    answer = APIClient().get("/api/")
    assert answer.status_code == 200
    assert answer.json()["tasks"] == "http://testserver/api/tasks/"
    assert {"sprints", "tasks", "users"} <= answer.json().keys()


@pytest.mark.parametrize("path", [*COLLECTIONS, "me", "schema"])
def test_everything_else_needs_a_login(db: None, path: str) -> None:
    answer = APIClient().get(f"/api/{path}/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert b"Authentication credentials were not provided." in answer.content


@pytest.mark.parametrize("path", ["", *COLLECTIONS, "me", "schema"])
def test_both_slash_forms_answer_without_a_redirect(api: APIClient, path: str) -> None:
    with_slash, without_slash = f"/api/{path}/".replace("//", "/"), f"/api/{path}".rstrip("/")
    assert api.get(with_slash).status_code == api.get(without_slash).status_code == 200


@pytest.mark.parametrize("slash", ["", "/"])
def test_both_slash_forms_take_every_method(api: APIClient, task: Task, slash: str) -> None:
    created = api.post(f"/api/tasks{slash}", {"name": "New"})
    assert created.status_code == 201
    path = f"/api/tasks/{created.json()['id']}"
    assert api.get(path + slash).status_code == 200
    assert api.put(path + slash, {"name": "Newer"}).status_code == 200
    assert api.patch(path + slash, {"name": "Newest"}).status_code == 200
    assert api.post(f"{path}/move{slash}", {}).status_code == 200
    assert api.delete(path + slash).status_code == 204


def test_token_is_given_for_username_and_password(alice: User, project: Project) -> None:
    for form in ("json", "multipart"):
        answer = APIClient().post(
            "/api/token/", {"username": "alice", "password": PASSWORD}, format=form
        )
        assert answer.status_code == 200
        assert answer.json().keys() == {"token", "expiry"}
        client = APIClient(headers={"Authorization": f"Token {answer.json()['token']}"})
        assert client.get("/api/me/").json()["username"] == "alice"


def test_token_is_refused_for_a_wrong_password(alice: User) -> None:
    answer = APIClient().post("/api/token/", {"username": "alice", "password": "wrong"})
    assert answer.status_code == 400
    assert "non_field_errors" in answer.json()


def test_token_is_stored_hashed(alice: User) -> None:
    from knox.models import get_token_model

    token = APIClient().post("/api/token/", {"username": "alice", "password": PASSWORD}).json()
    stored = get_token_model().objects.get(user=alice)
    assert token["token"] not in (stored.digest, stored.token_key)


def test_altered_token_is_refused(alice: User) -> None:
    token = APIClient().post("/api/token/", {"username": "alice", "password": PASSWORD}).json()
    altered = token["token"][:-1] + ("0" if token["token"][-1] != "0" else "1")
    client = APIClient(headers={"Authorization": f"Token {altered}"})
    assert client.get("/api/me/").status_code == 401


def test_basic_login_works(alice: User, project: Project) -> None:
    credentials = base64.b64encode(f"alice:{PASSWORD}".encode()).decode()
    client = APIClient(headers={"Authorization": f"Basic {credentials}"})
    assert client.get("/api/me/").status_code == 200


def test_session_login_needs_the_csrf_token(alice: User, project: Project) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post("/api/tasks/", {"name": "Forged"}).status_code == 403


def test_deactivated_person_is_signed_out_everywhere(alice: User, project: Project) -> None:
    token = APIClient().post("/api/token/", {"username": "alice", "password": PASSWORD}).json()
    by_token = APIClient(headers={"Authorization": f"Token {token['token']}"})
    by_session = APIClient()
    by_session.force_login(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert by_token.get("/api/me/").status_code == 401
    assert by_session.get("/api/me/").status_code == 401


@pytest.mark.parametrize("form", ["json", "multipart"])
def test_json_and_forms_are_understood(api: APIClient, form: str) -> None:
    answer = api.post("/api/tasks/", {"name": "By form"}, format=form)
    assert answer.status_code == 201


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "12", "null", "\xff"])
def test_malformed_json_is_a_clear_400(api: APIClient, body: str) -> None:
    answer = api.post("/api/tasks/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()


def test_lists_have_pages(api: APIClient, new_task: Callable[..., Task]) -> None:
    for number in range(30):
        new_task(f"Task {number}")
    page = api.get("/api/tasks/").json()
    assert page.keys() == {"count", "next", "previous", "results"}
    assert (page["count"], len(page["results"]), page["previous"]) == (30, 25, None)
    assert len(api.get(page["next"]).json()["results"]) == 5
    assert len(api.get("/api/tasks/?page_size=7").json()["results"]) == 7
    assert len(api.get("/api/tasks/?page_size=1000").json()["results"]) == 30
    assert api.get("/api/tasks/?page=9").status_code == 404


def test_a_page_holds_at_most_100(api: APIClient, new_task: Callable[..., Task]) -> None:
    for number in range(101):
        new_task(f"Task {number}")
    assert len(api.get("/api/tasks/?page_size=1000").json()["results"]) == 100


def test_unknown_path_below_the_api_answers_json(api: APIClient) -> None:
    answer = api.get("/api/nothing/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")


def test_browsable_pages_show_in_a_browser(api: APIClient, task: Task) -> None:
    board = f"/api/sprints/{task.sprint_id}/board/"
    for path in ("/api/", "/api/tasks/", f"/api/tasks/{task.pk}/", "/api/sprints/", board):
        answer = api.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/html")


def test_schema_describes_every_endpoint(api: APIClient) -> None:
    schema = api.get("/api/schema/?format=json").json()
    assert schema["openapi"].startswith("3.")
    paths = "".join(schema["paths"])
    for name in (*COLLECTIONS, "me", "token", "board", "move", "ticket", "progress"):
        assert name in paths


@pytest.fixture
def single_objects(sprint: Sprint, task: Task, project: Project, label: Label) -> list[str]:
    member = project.memberships.first()
    assert member
    return [
        f"/api/labels/{label.pk}/",
        f"/api/projects/{project.pk}/",
        f"/api/projects/{project.pk}/progress/",
        f"/api/memberships/{member.pk}/",
        "/api/users/alice/",
        f"/api/sprints/{sprint.pk}/",
        f"/api/sprints/{sprint.pk}/board/",
        f"/api/sprints/{sprint.pk}/ticket/",
        f"/api/tasks/{task.pk}/",
        f"/api/tasks/{task.pk}/move/",
    ]


def test_outsider_gets_404_by_every_path_and_method(
    outsider: APIClient, single_objects: list[str]
) -> None:
    allowed_to_miss = {404, 405}
    for path in single_objects:
        for method in ("get", "put", "patch", "post", "delete"):
            answer: Any = getattr(outsider, method)(path, {})
            assert answer.status_code in allowed_to_miss, (method, path)
        assert 404 in {outsider.get(path).status_code, outsider.post(path, {}).status_code}


def test_anonymous_gets_401_by_every_path_and_method(single_objects: list[str]) -> None:
    for path in single_objects:
        for method in ("get", "put", "patch", "post", "delete"):
            assert getattr(APIClient(), method)(path, {}).status_code == 401, (method, path)


def test_outsider_sees_nothing_in_lists(
    outsider: APIClient, sprint: Sprint, task: Task, label: Label, charlie: User
) -> None:
    assert outsider.get("/api/labels/").json()["results"] == []
    assert outsider.get("/api/sprints/").json()["results"] == []
    assert outsider.get("/api/tasks/").json()["results"] == []
    assert outsider.get("/api/tasks/?search=First").json()["count"] == 0
    assert [u["username"] for u in outsider.get("/api/users/").json()["results"]] == ["charlie"]
    assert [p["key"] for p in outsider.get("/api/projects/").json()["results"]] == ["HID"]
    users = {m["user"] for m in outsider.get("/api/memberships/").json()["results"]}
    assert users == {"charlie"}


@pytest.mark.parametrize("pk", ["0", "-1", "abc", "99999999999999999999999", "1.5", "%00"])
def test_impossible_ids_are_404(api: APIClient, pk: str) -> None:
    for name in COLLECTIONS:
        assert api.get(f"/api/{name}/{pk}/").status_code == 404
