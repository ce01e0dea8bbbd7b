"""What tests of invitations share."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board.models import Project
from tests.contract.invitations import token_of

AsUser = Callable[[User | None], APIClient]


@pytest.fixture
def invite(api: APIClient, project: Project) -> Callable[..., str]:
    """Have Alice invite somebody; return the token of the link."""

    def make(role: str = "member", **given: Any) -> str:
        return token_of(
            api.post("/api/invitations/", {"project": project.pk, "role": role} | given)
        )

    return make


@pytest.fixture
def accept(as_user: AsUser) -> Callable[[User, str], Any]:
    return lambda user, token: as_user(user).post("/api/invitations/accept/", {"token": token})
