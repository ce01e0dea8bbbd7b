"""The client's shell: served on its own routes, with 404 on all others, and cacheable assets."""

import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from scrum import environment

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
    assert "manifest-src 'self'; worker-src 'self'" in policy
    assert "unsafe" not in policy


def test_nobody_signs_up_by_themselves(client: Client) -> None:
    body = {"username": "eve", "email": "eve@example.com", "password": "correct horse battery"}
    answer = client.post("/_allauth/browser/v1/auth/signup", body, content_type="application/json")
    assert answer.status_code == 403


# Installing


def png_size(path: Path) -> str:
    """Width and height as the header of a PNG file says."""
    return "{}x{}".format(*struct.unpack(">II", path.read_bytes()[16:24]))


def test_manifest_names_icons_of_the_sizes_that_they_have(client: Client) -> None:
    link = re.search(r'rel="manifest" href="/static/([\w.]+)"', client.get("/").content.decode())
    assert link
    manifest: dict[str, Any] = json.loads((environment.ROOT / "static" / link[1]).read_text())
    assert (manifest["start_url"], manifest["display"]) == ("/", "standalone")
    pictures = [icon for icon in manifest["icons"] if icon["type"] == "image/png"]
    assert {icon.get("purpose", "any") for icon in pictures} == {"any", "maskable"}
    for icon in pictures:
        assert png_size(environment.ROOT / "static" / icon["src"]) == icon["sizes"]


@pytest.fixture
def built(settings: LazySettings, tmp_path: Path) -> dict[str, Any]:
    """Settings of a client that has been built, with a worker."""
    (tmp_path / "service-worker.en.js").write_text("// keeps the shell")
    (tmp_path / "service-worker.de.js").write_text("// keeps the German shell")
    vite = {**settings.DJANGO_VITE["default"], "manifest_path": tmp_path / "manifest.json"}
    settings.DJANGO_VITE = {"default": vite, "de": vite}
    return vite


def test_service_worker_is_in_charge_of_all_pages_and_asked_for_each_time(
    client: Client, built: dict[str, Any]
) -> None:
    answer = client.get("/service-worker.js")
    assert answer.content == b"// keeps the shell"
    assert answer["Content-Type"] == "text/javascript"
    assert answer["Cache-Control"] == "no-cache"
    assert "connect-src 'self'" in answer["Content-Security-Policy"]


def test_service_worker_is_that_of_the_language(client: Client, built: dict[str, Any]) -> None:
    answer = client.get("/service-worker.js", headers={"Accept-Language": "de"})
    assert answer.content == b"// keeps the German shell"


def test_no_service_worker_while_developing(client: Client, built: dict[str, Any]) -> None:
    built["dev_mode"] = True
    assert client.get("/service-worker.js").status_code == 404


# Languages


@pytest.mark.parametrize(
    ("wanted", "chosen", "language"),
    [
        ("", None, "en"),
        ("de-AT,de;q=0.9,en;q=0.5", None, "de"),
        ("fr,de;q=0.5", None, "de"),
        ("tlh", None, "en"),
        ("de", "en", "en"),
        ("en", "de", "de"),
        ("de", "tlh", "de"),
    ],
)
def test_shell_is_in_the_language_that_was_chosen_or_is_wanted(
    client: Client, wanted: str, chosen: str | None, language: str
) -> None:
    if chosen:
        client.cookies["sprintwall-language"] = chosen
    answer = client.get("/", headers={"Accept-Language": wanted})
    assert f'<html lang="{language}" dir="ltr">' in answer.content.decode()
    assert {"Accept-Language", "Cookie"} <= set(answer["Vary"].split(", "))


def test_each_language_has_scripts_of_its_own(client: Client) -> None:
    def script(language: str) -> str:
        html = client.get("/", headers={"Accept-Language": language}).content.decode()
        return str(re.findall(r"<script[^>]* src=.([^ \"]+)", html)[0])

    assert script("de") != script("en")
