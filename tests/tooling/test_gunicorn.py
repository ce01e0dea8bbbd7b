"""The web process as gunicorn serves it."""

import socket
from pathlib import Path

import pytest
import requests

from tests.stack import free_ports
from tests.tooling.processes import SECRETS, assert_one_sentence, run, running

COMMAND = ["gunicorn", "scrum.wsgi"]


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=30).status_code < 600
    except requests.ConnectionError:
        return False


def test_it_serves_without_redis_and_stops_on_sigterm(copied_checkout: Path) -> None:
    [port] = free_ports(1)
    variables = SECRETS | {"PORT": str(port)}
    with running(COMMAND, folder=copied_checkout, **variables) as web:
        web.wait_for(lambda: answers(f"http://127.0.0.1:{port}/api/"))
        assert web.stop() == 0


def test_the_log_names_paths_without_their_query_strings(copied_checkout: Path) -> None:
    [port] = free_ports(1)
    variables = SECRETS | {"PORT": str(port)}
    with running(COMMAND, folder=copied_checkout, **variables) as web:
        web.wait_for(lambda: answers(f"http://127.0.0.1:{port}/lost%0Apage?channel=ticket"))
        web.wait_for(lambda: "GET /lost%0Apage " in web.said)
        assert "ticket" not in web.said


def test_a_taken_port_is_said_at_once(copied_checkout: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        variables = SECRETS | {"PORT": port}
        done = run(COMMAND, folder=copied_checkout, **variables)
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"WATERCOOLER_SECRET": ""}, "WATERCOOLER_SECRET"),
        ({"DEBUG": "yes"}, "DEBUG"),
        ({"PORT": "http"}, "PORT"),
        ({"WEB_CONCURRENCY": "0"}, "WEB_CONCURRENCY"),
        ({"VAR_DIR": "/dev/null/var"}, "/dev/null/var"),
        ({"REDIS_URL": "localhost"}, "REDIS_URL"),
    ],
)
def test_a_refused_environment_is_said_in_one_sentence(
    copied_checkout: Path, variables: dict[str, str], named: str
) -> None:
    done = run(COMMAND, folder=copied_checkout, **(SECRETS | variables))
    assert done.returncode == 1
    assert named in done.stderr
    assert_one_sentence(done.stderr)


@pytest.mark.parametrize(("trusted", "scheme"), [("", "http"), ("127.0.0.1", "https")])
def test_the_scheme_is_taken_from_trusted_proxies_only(
    copied_checkout: Path, trusted: str, scheme: str
) -> None:
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}/api/"
    variables = SECRETS | {"PORT": str(port), "TRUSTED_PROXIES": trusted}
    with running(COMMAND, folder=copied_checkout, **variables) as web:
        web.wait_for(lambda: answers(url))
        root = requests.get(url, headers={"X-Forwarded-Proto": "https"}, timeout=30).json()
    assert root["tasks"].startswith(f"{scheme}://")
