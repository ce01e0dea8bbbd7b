"""Who may do what, as a table: every address and method of the schema, tried by everybody.

A method that the schema has and the table has not fails, and so does the reverse. Whoever is
refused must have changed nothing, and who is outside must not read a word of the project.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from drf_spectacular.generators import SchemaGenerator
from knox.models import AuthToken

from board import queries, services
from board.changes import Actor
from board.models import Membership, Role
from tests.conftest import PASSWORD
from tests.contract.test_attachments import upload
from tests.contract.world import EVERYBODY, INSIDE, NOBODY, OUTSIDE, World, make_world

# In every text of the project that an outsider must not read.
MARK = "zebra"

Body = Callable[[World, str], dict[str, Any]]


def nothing(world: World, who: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a method answers: to ``writers`` a success, to others inside 403, outside ``outside``.

    Whoever cannot be told apart from a stranger gets ``nobody``. ``pk`` names the object in the
    path.
    """

    writers: tuple[str, ...] = INSIDE
    outside: int = 404
    nobody: int = 401
    pk: Callable[[World], Any] = lambda world: ""
    body: Body = nothing
    query: str = ""
    expected: dict[str, int] = field(default_factory=dict)

    def statuses(self, who: str) -> range:
        """The statuses that are right for ``who``."""
        if who in self.expected:
            return only(self.expected[who])
        if who in NOBODY:
            return only(self.nobody)
        if who in OUTSIDE:
            return only(self.outside)
        return range(200, 300) if who in self.writers else only(403)


def only(status: int) -> range:
    return range(status, status + 1)


WRITERS, OWNER = ("owner", "member"), ("owner",)


def project(world: World) -> int:
    return world.project.pk


def sprint(world: World) -> int:
    return world.sprint.pk


def task(world: World) -> int:
    return world.task.pk


def comment(world: World) -> int:
    """Written by the member."""
    return world.comment.pk


def item(world: World) -> int:
    return world.item.pk


def label(world: World) -> int:
    return world.label.pk


def attachment(world: World) -> int:
    """Uploaded by the member."""
    return world.attachment.pk


def membership(world: World) -> int:
    return world.membership.pk


def own_token(world: World) -> str:
    """The prefix of the owner's token."""
    return str(AuthToken.objects.filter(user=world.people["owner"]).latest("expiry").token_key)


def membership_of_member(world: World) -> int:
    return Membership.objects.get(user=world.people["member"]).pk


def own_change(world: World) -> str:
    """A change that the owner has made."""
    answer = world.clients["owner"].patch(f"/api/tasks/{world.task.pk}/", {"points": 3})
    return str(answer["X-Change"])


def invitation(world: World) -> int:
    made, _ = services.create_invitation(
        actor=Actor(world.people["owner"]),
        project=world.project,
        role=Role.MEMBER,
        origin="http://testserver",
    )
    return made.pk


def bad_token(world: World, who: str) -> dict[str, Any]:
    return {"token": "guessed:guessed"}


def all_inside_get(status: int) -> dict[str, int]:
    return dict.fromkeys(INSIDE, status)


def whole_task(world: World, who: str = "") -> dict[str, Any]:
    return {"name": "Other", "sprint": world.sprint.pk, "status": 2}


def on_task(world: World, who: str) -> dict[str, Any]:
    return {"task": world.task.pk, "text": "Other"}


def whole_label(world: World, who: str = "") -> dict[str, Any]:
    return {"project": world.project.pk, "name": "Other", "colour": "red"}


def file_on_task(world: World, who: str) -> dict[str, Any]:
    return {"task": world.task.pk, "file": upload("zebra.txt", b"Other")}


def whole_sprint(world: World, who: str = "") -> dict[str, Any]:
    return {"name": "Other", "end": str(world.sprint.end + timedelta(days=1))}


def credentials(world: World, who: str) -> dict[str, Any]:
    """Those of ``who``; the bearers of bad tokens are the owner."""
    person = world.people.get(who)
    if who.endswith("token"):
        person = world.people["owner"]
    return {"username": person.username if person else "nobody", "password": PASSWORD}


RULES = {
    "GET /api/": Rule(outside=200, nobody=200),
    "GET /api/doctor/": Rule(outside=200),
    "GET /api/me/": Rule(outside=200),
    "PATCH /api/me/": Rule(body=lambda world, _: {"default_project": world.project.pk}),
    # What is no picture is refused; test_avatars.py uploads some.
    "PUT /api/me/picture/": Rule((), outside=415, expected=all_inside_get(415)),
    "DELETE /api/me/picture/": Rule(outside=204),
    "GET /api/users/{username}/avatar/": Rule(pk=lambda world: world.people["owner"].username),
    "POST /api/token/": Rule(
        outside=200,
        nobody=400,
        body=credentials,
        expected={"expired token": 200, "altered token": 200},
    ),
    "GET /api/tokens/": Rule(outside=200),
    # Whoever is merely signed in must confirm that it is them first.
    "POST /api/tokens/": Rule((), outside=403, body=lambda world, _: {"name": "Mine"}),
    "GET /api/tokens/{id}/": Rule(OWNER, pk=own_token, expected={"member": 404, "viewer": 404}),
    "DELETE /api/tokens/{id}/": Rule(OWNER, pk=own_token, expected={"member": 404, "viewer": 404}),
    "GET /api/users/": Rule(outside=200),
    "GET /api/users/{username}/": Rule(pk=lambda world: world.people["owner"].username),
    "GET /api/memberships/": Rule(outside=200),
    "GET /api/memberships/{id}/": Rule(pk=membership),
    "PUT /api/memberships/{id}/": Rule(
        OWNER, pk=membership, body=lambda world, _: {"role": "viewer"}
    ),
    "PATCH /api/memberships/{id}/": Rule(
        OWNER, pk=membership, body=lambda world, _: {"role": "viewer"}
    ),
    "DELETE /api/memberships/{id}/": Rule(OWNER, pk=membership),
    "POST /api/memberships/{id}/hand-over/": Rule(OWNER, pk=membership_of_member),
    "GET /api/projects/": Rule(outside=200),
    "POST /api/projects/": Rule(outside=201, body=lambda world, _: {"key": "NEW", "name": "New"}),
    "GET /api/projects/{id}/": Rule(pk=project),
    "PUT /api/projects/{id}/": Rule(
        OWNER, pk=project, body=lambda world, _: {"key": "ZEB", "name": "New", "time_zone": "UTC"}
    ),
    "PATCH /api/projects/{id}/": Rule(OWNER, pk=project, body=lambda world, _: {"name": "New"}),
    "DELETE /api/projects/{id}/": Rule(OWNER, pk=project, query="?confirm=ZEB"),
    "POST /api/projects/{id}/archive/": Rule(OWNER, pk=project),
    "POST /api/projects/{id}/restore/": Rule(OWNER, pk=project),
    "GET /api/projects/{id}/progress/": Rule(pk=project),
    "GET /api/invitations/": Rule(outside=200),
    "POST /api/invitations/": Rule(
        OWNER, outside=400, body=lambda world, _: {"project": world.project.pk, "role": "owner"}
    ),
    "GET /api/invitations/{id}/": Rule(OWNER, pk=invitation),
    "DELETE /api/invitations/{id}/": Rule(OWNER, pk=invitation),
    # Whose links count is the business of test_invitations.py and test_sharing.py.
    "POST /api/invitations/look/": Rule((), 404, 404, body=bad_token, expected=all_inside_get(404)),
    "POST /api/invitations/accept/": Rule((), 404, body=bad_token, expected=all_inside_get(404)),
    "GET /api/labels/": Rule(outside=200),
    "POST /api/labels/": Rule(WRITERS, outside=400, body=whole_label),
    "GET /api/labels/{id}/": Rule(pk=label),
    "PUT /api/labels/{id}/": Rule(WRITERS, pk=label, body=whole_label),
    "PATCH /api/labels/{id}/": Rule(WRITERS, pk=label, body=lambda world, _: {"colour": "red"}),
    "DELETE /api/labels/{id}/": Rule(WRITERS, pk=label),
    "GET /api/sprints/": Rule(outside=200),
    "POST /api/sprints/": Rule(
        WRITERS,
        outside=400,
        body=lambda world, _: {"project": world.project.pk, **whole_sprint(world)},
    ),
    "GET /api/sprints/{id}/": Rule(pk=sprint),
    "PUT /api/sprints/{id}/": Rule(WRITERS, pk=sprint, body=whole_sprint),
    "PATCH /api/sprints/{id}/": Rule(WRITERS, pk=sprint, body=lambda world, _: {"name": "Other"}),
    "DELETE /api/sprints/{id}/": Rule(WRITERS, pk=sprint, query="?tasks=backlog"),
    "GET /api/sprints/{id}/board/": Rule(pk=sprint),
    "POST /api/sprints/{id}/close/": Rule(WRITERS, pk=sprint),
    "POST /api/sprints/{id}/reopen/": Rule(WRITERS, pk=sprint),
    "POST /api/sprints/{id}/ticket/": Rule(pk=sprint),
    "GET /api/sprints/{id}/share/": Rule(OWNER, pk=sprint),
    "POST /api/sprints/{id}/share/": Rule(OWNER, pk=sprint),
    "DELETE /api/sprints/{id}/share/": Rule(OWNER, pk=sprint),
    "GET /api/shared/board/": Rule((), 401, expected=all_inside_get(401)),
    "POST /api/shared/ticket/": Rule((), 401, expected=all_inside_get(401)),
    # Nobody is told whether there is such a change of somebody else.
    "POST /api/changes/{change}/undo/": Rule(
        OWNER, pk=own_change, expected={"member": 404, "viewer": 404}
    ),
    "GET /api/tasks/{id}/history/": Rule(pk=task),
    "GET /api/projects/{id}/activity/": Rule(pk=project),
    "GET /api/projects/{id}/activity/days/": Rule(pk=project),
    "GET /api/sprints/{id}/news/": Rule(pk=sprint),
    "POST /api/sprints/{id}/seen/": Rule(
        pk=sprint, body=lambda world, _: {"channels": queries.board_positions(world.sprint)}
    ),
    "GET /api/tasks/": Rule(outside=200),
    "POST /api/tasks/": Rule(
        WRITERS, outside=400, body=lambda world, _: {"name": "Other", "sprint": world.sprint.pk}
    ),
    "GET /api/tasks/{id}/": Rule(pk=task),
    "PUT /api/tasks/{id}/": Rule(WRITERS, pk=task, body=whole_task),
    "PATCH /api/tasks/{id}/": Rule(WRITERS, pk=task, body=lambda world, _: {"name": "Other"}),
    "DELETE /api/tasks/{id}/": Rule(WRITERS, pk=task),
    "POST /api/tasks/{id}/move/": Rule(WRITERS, pk=task, body=lambda world, _: {"status": 2}),
    "GET /api/comments/": Rule(outside=200),
    "POST /api/comments/": Rule(WRITERS, outside=400, body=on_task),
    "GET /api/comments/{id}/": Rule(pk=comment),
    "PATCH /api/comments/{id}/": Rule(
        ("member",), pk=comment, body=lambda world, _: {"text": "Other"}
    ),
    "DELETE /api/comments/{id}/": Rule(WRITERS, pk=comment),
    "GET /api/attachments/": Rule(outside=200),
    "POST /api/attachments/": Rule(WRITERS, outside=400, body=file_on_task),
    "GET /api/attachments/{id}/": Rule(pk=attachment),
    "GET /api/attachments/{id}/file/": Rule(pk=attachment),
    "DELETE /api/attachments/{id}/": Rule(WRITERS, pk=attachment),
    "GET /api/checklist-items/": Rule(outside=200),
    "POST /api/checklist-items/": Rule(WRITERS, outside=400, body=on_task),
    "GET /api/checklist-items/{id}/": Rule(pk=item),
    "PATCH /api/checklist-items/{id}/": Rule(
        WRITERS, pk=item, body=lambda world, _: {"is_done": True}
    ),
    "DELETE /api/checklist-items/{id}/": Rule(WRITERS, pk=item),
}


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@contextmanager
def taken_back() -> Iterator[None]:
    """Undo what was written inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def in_schema() -> set[str]:
    """Every method of every path, such as ``GET /api/tasks/{id}/``."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    paths = generator.get_schema(request=None, public=True)["paths"]  # type: ignore[no-untyped-call]
    return {
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method in methods
        if method != "parameters"
    }


def encoded(body: dict[str, Any]) -> tuple[str, str]:
    """The body of a request and its type: JSON, but for files."""
    if "file" in body:
        return encode_multipart(BOUNDARY, body).decode(), MULTIPART_CONTENT
    return json.dumps(body), "application/json"


def test_table_has_every_method_of_the_schema_and_no_other() -> None:
    assert set(RULES) == in_schema()


@pytest.mark.parametrize("name", RULES)
def test_everybody_gets_what_the_table_says(name: str, world: World) -> None:
    rule = RULES[name]
    method, path = name.split()
    path = re.sub(r"{\w+}", str(rule.pk(world)), path)
    wrong = {}
    for who in EVERYBODY:
        with taken_back():
            before = world.changes
            body, content_type = encoded(rule.body(world, who))
            answer = world.clients[who].generic(
                method, path + rule.query, body, content_type=content_type
            )
            if answer.status_code not in rule.statuses(who):
                wrong[who] = (answer.status_code, answer.content[:200])
            if answer.status_code >= 400:
                assert world.changes == before, who
            if who not in INSIDE:
                assert MARK not in answer.content.decode().lower(), who
    assert wrong == {}
