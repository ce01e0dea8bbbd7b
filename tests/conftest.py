"""The cast and the stage of the tests.

Alice owns the project WEB, Bob is a member, Vera may only look, Charlie is an outsider with a
project of his own.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import Label, Membership, Project, Role, Sprint, Task
from tests.servers import OwnRedis
from tests.stack import Stack

PASSWORD = "correct horse"


@pytest.fixture(scope="session")
def redis_server() -> Iterator[OwnRedis]:
    """A Redis server for this run of the tests alone."""
    server = OwnRedis()
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The whole product as real processes, with the demo team."""
    stack = Stack()
    try:
        stack.start()
        yield stack
    finally:
        stack.close()


def make_user(username: str, full_name: str) -> User:
    first_name, last_name = full_name.split()
    return User.objects.create_user(
        username, f"{username}@example.com", PASSWORD, first_name=first_name, last_name=last_name
    )


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice", "Alice Archer")


@pytest.fixture
def bob(db: None) -> User:
    return make_user("bob", "Bob Baker")


@pytest.fixture
def vera(db: None) -> User:
    return make_user("vera", "Vera Viewer")


@pytest.fixture
def charlie(db: None) -> User:
    return make_user("charlie", "Charlie Cook")


@pytest.fixture
def project(alice: User, bob: User, vera: User) -> Project:
    project = services.create_project(
        actor=Actor(alice), given={"key": "WEB", "name": "Website", "time_zone": "UTC"}
    )
    for user, role in ((bob, Role.MEMBER), (vera, Role.VIEWER)):
        services.add_member(actor=Actor(alice), project=project, user=user, role=role)
    return project


@pytest.fixture
def foreign_project(charlie: User) -> Project:
    return services.create_project(
        actor=Actor(charlie), given={"key": "HID", "name": "Hidden", "time_zone": "UTC"}
    )


@pytest.fixture
def sprint(project: Project, alice: User) -> Sprint:
    end = project.today() + timedelta(days=10)
    return services.create_sprint(
        actor=Actor(alice), project=project, given={"name": "Sprint 1", "end": end}
    )


@pytest.fixture
def past_sprint(project: Project, alice: User) -> Sprint:
    end = project.today() - timedelta(days=5)
    return services.create_sprint(
        actor=Actor(alice), project=project, given={"name": "Past", "end": end}, today=end
    )


@pytest.fixture
def foreign_sprint(foreign_project: Project, charlie: User) -> Sprint:
    end = foreign_project.today() + timedelta(days=10)
    return services.create_sprint(
        actor=Actor(charlie), project=foreign_project, given={"name": "Secret", "end": end}
    )


@pytest.fixture
def foreign_task(foreign_sprint: Sprint, charlie: User) -> Task:
    return services.create_task(
        actor=Actor(charlie),
        project=foreign_sprint.project,
        given={"name": "Secret task", "sprint": foreign_sprint},
    )


@pytest.fixture
def new_task(project: Project, alice: User) -> Callable[..., Task]:
    """Make a task of WEB; keyword arguments are its fields."""

    def make(name: str = "Write tests", **given: Any) -> Task:
        return services.create_task(
            actor=Actor(alice), project=project, given={"name": name, **given}
        )

    return make


@pytest.fixture
def task(new_task: Callable[..., Task], sprint: Sprint) -> Task:
    return new_task("First task", sprint=sprint)


@pytest.fixture
def label(project: Project, alice: User) -> Label:
    """A label of WEB that no task carries."""
    given = {"name": "Bug", "colour": "red"}
    return services.create_label(actor=Actor(alice), project=project, given=given)


@pytest.fixture
def foreign_label(foreign_project: Project, charlie: User) -> Label:
    return services.create_label(
        actor=Actor(charlie), project=foreign_project, given={"name": "Secret label"}
    )


@pytest.fixture
def membership_of(project: Project) -> Callable[[User], Membership]:
    return lambda user: Membership.objects.get(project=project, user=user)


@pytest.fixture
def as_user() -> Callable[[User | None], APIClient]:
    """A client signed in by the browser session as this person; None: not signed in."""

    def sign_in(user: User | None) -> APIClient:
        client = APIClient()
        if user:
            client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def api(as_user: Callable[[User | None], APIClient], alice: User, project: Project) -> APIClient:
    """Alice's client."""
    return as_user(alice)


@pytest.fixture
def outsider(
    as_user: Callable[[User | None], APIClient], charlie: User, foreign_project: Project
) -> APIClient:
    """Charlie's client."""
    return as_user(charlie)


@pytest.fixture
def member(as_user: Callable[[User | None], APIClient], bob: User, project: Project) -> APIClient:
    """Bob's client."""
    return as_user(bob)


@pytest.fixture
def viewer(as_user: Callable[[User | None], APIClient], vera: User, project: Project) -> APIClient:
    """Vera's client."""
    return as_user(vera)
