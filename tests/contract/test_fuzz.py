"""The API against its own schema: whatever is sent, no 5xx and no answer that it does not know."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from knox.models import AuthToken
from schemathesis.specs.openapi.checks import positive_data_acceptance

from board import services
from board.changes import Actor
from board.models import Event, Label, Membership, Project, Sprint, Task
from scrum.wsgi import application
from tests.contract.test_attachments import attach

EXAMPLES = 10


def operations() -> list[Any]:
    """Those of the schema as it is, for which requests can be made up."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    document = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    schema = schemathesis.openapi.from_dict(document)
    schema.app = application
    return [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests leave the test's connection open, as those of Django's own test client do."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def existing(
    alice: User, bob: User, project: Project, sprint: Sprint, task: Task, label: Label
) -> dict[str, dict[str, Any]]:
    """What stands in a path, by the path's second part, so that not all answers are 404."""
    objects = {
        "projects": project,
        "sprints": sprint,
        "tasks": task,
        "memberships": Membership.objects.get(project=project, user=bob),
        "labels": label,
        "comments": services.create_comment(actor=Actor(alice), task=task, text="Fine"),
        "checklist-items": services.create_checklist_item(
            actor=Actor(alice), task=task, given={"text": "Draw"}
        ),
        "attachments": attach(alice, task),
    }
    return {name: {"id": found.pk} for name, found in objects.items()} | {
        "users": {"username": bob.username},
        "changes": {"change": Event.objects.filter(task=task.pk).latest("pk").change},
    }


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
def test_no_answer_is_outside_the_schema(
    operation: Any, alice: User, existing: dict[str, dict[str, Any]]
) -> None:
    _, token = AuthToken.objects.create(alice)
    kind = operation.path.split("/")[2]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), is_there=st.booleans())
    def answers_as_described(case: Any, is_there: bool) -> None:
        if is_there and case.path_parameters:
            case.path_parameters.update(existing.get(kind, {}))
        # A schema cannot tell every rule of the board: what fits it may still be refused.
        case.call_and_validate(
            headers={"Authorization": f"Token {token}", "Accept-Encoding": "identity"},
            excluded_checks=[positive_data_acceptance],
        )

    answers_as_described()
