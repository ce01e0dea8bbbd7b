"""The client's shell: served on its own routes, with 404 on all others, and cacheable assets."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path",
    ["/", "/sign-in", "/doctor", "/projects/1", "/sprints/7", "/sprints/7/", "/sprints/7/tasks/12"],
)
def test_own_routes_get_the_shell_and_a_csrf_cookie(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert b'<div id="app">' in answer.content
    assert answer["Cache-Control"] == "no-cache"
    assert "csrftoken" in answer.cookies


@pytest.mark.parametrize("path", ["/nothing", "/sprints/seven", "/sprints/7/tasks", "/index.php"])
def test_other_paths_get_the_shell_with_404(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert b'<div id="app">' in answer.content


def test_shell_holds_no_inline_script_or_style(client: Client) -> None:
    html = client.get("/").content.decode()
    assert "<style" not in html
    assert "style=" not in html
    assert html.count("<script") == html.count('<script type="module"')
    assert html.count("<script") == html.count(" src=")


def test_shell_allows_nothing_inline_and_one_websocket_server(client: Client) -> None:
    policy = client.get("/", headers={"Host": "localhost:8000"})["Content-Security-Policy"]
    assert "connect-src 'self' ws://localhost:8080;" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_nobody_signs_up_by_themselves(client: Client) -> None:
    body = {"username": "eve", "email": "eve@example.com", "password": "correct horse battery"}
    answer = client.post("/_allauth/browser/v1/auth/signup", body, content_type="application/json")
    assert answer.status_code == 403
