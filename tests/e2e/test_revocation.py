"""Whoever loses access loses every open socket within a second, on every watercooler process."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.e2e.people import Api
from tests.servers import wait_until
from tests.stack import Stack

PASSWORD = "test"
WITHIN_SECONDS = 1.0


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    stack = Stack(web_workers=1, watercoolers=2)
    try:
        stack.start()
        yield stack
    finally:
        stack.close()


class Link:
    """The link to a sprint's channel that a person was given, to be used at any process."""

    def __init__(self, stack: Stack, api: Api, sprint: dict[str, Any]) -> None:
        self._url = urlsplit(api.post(sprint["links"]["ticket"])["channel"])
        self._ports = stack.watercooler_ports

    def open(self, number: int) -> ClientConnection:
        """Open a socket at the process ``number`` (from 0); it may be closed again at once."""
        netloc = f"localhost:{self._ports[number]}"
        return connect(self._url._replace(netloc=netloc).geturl()).__enter__()

    def open_everywhere(self) -> list[ClientConnection]:
        sockets = [self.open(number) for number in range(len(self._ports))]
        assert all(is_open(socket) for socket in sockets)
        return sockets


def close_code(socket: ClientConnection, *, seconds: float = 10.0) -> int | None:
    """Read until the server closes."""
    give_up_at = time.monotonic() + seconds
    try:
        while True:
            socket.recv(timeout=give_up_at - time.monotonic())
    except ConnectionClosed:
        return socket.close_code


def is_open(socket: ClientConnection) -> bool:
    """Tell whether the server answers, after all that it did before."""
    return bool(socket.ping().wait(10)) and socket.close_code is None


def closed_in_time(sockets: list[ClientConnection]) -> set[int | None]:
    """The close codes of sockets, all of which must come within a second of the change's answer."""
    give_up_at = time.monotonic() + WITHIN_SECONDS
    return {close_code(s, seconds=max(give_up_at - time.monotonic(), 0.01)) for s in sockets}


@pytest.fixture
def demo(stack: Stack) -> Api:
    """The owner's script."""
    return Api(stack, "demo")


@pytest.fixture
def witnesses(stack: Stack, ana: Api, sprint: dict[str, Any]) -> Iterator[list[ClientConnection]]:
    """Ana's sockets, which nothing here concerns."""
    sockets = Link(stack, ana, sprint).open_everywhere()
    yield sockets
    assert all(is_open(socket) for socket in sockets)
    for socket in sockets:
        socket.close()


def membership_of(demo: Api, username: str) -> dict[str, Any]:
    members = demo.get("/memberships/?page_size=100")["results"]
    return next(member for member in members if member["user"] == username)


def shell(stack: Stack, code: str) -> None:
    """Do something on the server that has no page for it."""
    stack.manage("shell", "--no-imports", "-v0", "-c", f"from board import services\n{code}")


class Window:
    """A browser window that is signed in, without the browser."""

    def __init__(self, stack: Stack, username: str, password: str = PASSWORD) -> None:
        self._root = f"{stack.url}/_allauth/browser/v1"
        self._session = requests.Session()
        self._session.get(f"{stack.url}/sign-in").raise_for_status()
        answer = self.ask("POST", "auth/login", username=username, password=password)
        answer.raise_for_status()

    def ask(self, method: str, path: str, **body: str) -> requests.Response:
        headers = {"X-CSRFToken": self._session.cookies["csrftoken"]}
        url = f"{self._root}/{path}"
        return self._session.request(method, url, json=body, headers=headers, timeout=30)


@pytest.mark.usefixtures("witnesses")
def test_removed_member_is_shut_out_everywhere(
    stack: Stack, demo: Api, ben: Api, sprint: dict[str, Any]
) -> None:
    link = Link(stack, ben, sprint)
    sockets = link.open_everywhere()
    membership = membership_of(demo, "ben")
    demo.delete(membership["links"]["self"])
    assert closed_in_time(sockets) == {4403}
    assert {close_code(link.open(number)) for number in (0, 1)} == {4403}
    assert ben.session.post(sprint["links"]["ticket"], timeout=30).status_code == 404

    user = "services.access.User.objects.get(username={!r})"
    add = (
        f"actor = services.members.Actor({user.format('demo')})\n"
        f"project = services.members.Project.objects.get(pk={sprint['project']})\n"
        f"role = services.members.Role.MEMBER\n"
        f"services.add_member(actor=actor, project=project, user={user.format('ben')}, role=role)"
    )
    shell(stack, add)
    assert {close_code(link.open(number)) for number in (0, 1)} == {4403}
    for socket in Link(stack, ben, sprint).open_everywhere():
        socket.close()


@pytest.mark.usefixtures("witnesses")
def test_other_role_takes_a_new_ticket(
    stack: Stack, demo: Api, ben: Api, sprint: dict[str, Any]
) -> None:
    link = Link(stack, ben, sprint)
    sockets = link.open_everywhere()
    path = membership_of(demo, "ben")["links"]["self"]
    demo.patch(path, role="viewer")
    # The new one is good at once, also where the news has not arrived yet.
    fresh = Link(stack, ben, sprint).open_everywhere()
    assert closed_in_time(sockets) == {4401}
    assert {close_code(link.open(number)) for number in (0, 1)} == {4401}
    assert all(is_open(socket) for socket in fresh)
    demo.patch(path, role="member")
    assert {close_code(socket) for socket in fresh} == {4401}


@pytest.mark.usefixtures("witnesses")
def test_deactivated_person_is_shut_out_everywhere(stack: Stack, sprint: dict[str, Any]) -> None:
    chloe = Api(stack, "chloe")
    link = Link(stack, chloe, sprint)
    sockets = link.open_everywhere()
    for is_active in (False, True):
        shell(
            stack,
            "users = services.access.User.objects\n"
            "actor = services.members.Actor(users.get(username='demo'))\n"
            f"given = {{'is_active': {is_active}}}\n"
            "services.update_person(actor=actor, user=users.get(username='chloe'), given=given)",
        )
        assert {close_code(socket) for socket in sockets} == {4401}
        assert {close_code(link.open(number)) for number in (0, 1)} == {4401}
    for socket in Link(stack, chloe, sprint).open_everywhere():
        socket.close()


@pytest.mark.usefixtures("witnesses")
def test_new_password_takes_a_new_ticket(stack: Stack, ben: Api, sprint: dict[str, Any]) -> None:
    new = "battery staple 42"
    window = Window(stack, "ben")
    link = Link(stack, ben, sprint)
    sockets = link.open_everywhere()
    answer = window.ask(
        "POST", "account/password/change", current_password=PASSWORD, new_password=new
    )
    assert answer.status_code == 200, answer.text
    assert closed_in_time(sockets) == {4401}
    assert {close_code(link.open(number)) for number in (0, 1)} == {4401}
    ben_again = "services.access.User.objects.get(username='ben')"
    shell(stack, f"services.change_password(user={ben_again}, password={PASSWORD!r})")


@pytest.mark.usefixtures("witnesses")
def test_signing_out_closes_the_sockets(stack: Stack, ben: Api, sprint: dict[str, Any]) -> None:
    window = Window(stack, "ben")
    link = Link(stack, ben, sprint)
    sockets = link.open_everywhere()
    assert window.ask("DELETE", "auth/session").status_code == 401
    assert closed_in_time(sockets) == {4401}
    assert {close_code(link.open(number)) for number in (0, 1)} == {4401}


def test_process_that_starts_later_knows_it(stack: Stack, ben: Api, sprint: dict[str, Any]) -> None:
    link = Link(stack, ben, sprint)
    Window(stack, "ben").ask("DELETE", "auth/session")
    process = stack.processes["watercooler.2"]
    process.terminate()
    process.wait(10)
    stack.run("watercooler.2")
    wait_until(lambda: is_ready(stack.watercooler_ports[1]))
    assert close_code(link.open(1)) == 4401


def is_ready(port: int) -> bool:
    try:
        return requests.get(f"http://localhost:{port}/ready", timeout=5).status_code == 200
    except requests.RequestException:
        return False
