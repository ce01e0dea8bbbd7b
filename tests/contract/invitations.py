"""Links of invitations, and what comes of them."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board.models import Membership, Project


def token_of(answer: Any) -> str:
    """What stands behind the # of the link in an answer."""
    return str(urlsplit(answer.json()["link"]).fragment)


def look(token: str) -> Any:
    return APIClient().post("/api/invitations/look/", {"token": token})


def role_of(user: User, project: Project) -> str | None:
    found = Membership.objects.filter(project=project, user=user)
    return found.values_list("role", flat=True).first()
