"""The record of what matters for security: a row that the admin shows, and a line in the log.

Written within the transaction that it tells of. Secrets, and texts that may be one by mistake (such
as a password typed as a name), never get in.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

import orjson
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from board.models.accounts import AuditEvent, AuditKind

KEPT = timedelta(days=400)

logger = logging.getLogger(__name__)

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


@contextmanager
def request_under_way(request: HttpRequest) -> Iterator[None]:
    """Let what is recorded inside have the request's address, and its person as the actor."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def record(
    kind: AuditKind, *, actor: User | None = None, person: User | None = None, **details: Any
) -> None:
    """Write down what ``actor`` did (by default whoever sent the request) and whom it concerns.

    ``details`` are few, small, and what JSON can say.
    """
    request = _request.get()
    actor = actor or _sender(request)
    address = request.META.get("REMOTE_ADDR") if request else None
    AuditEvent.objects.create(
        kind=kind, actor=actor, person=person, address=address, details=details
    )
    logger.info(
        "%s actor=%s person=%s address=%s %s",
        kind.value,
        actor.username if actor else "-",
        person.username if person else "-",
        address or "-",
        orjson.dumps(details).decode(),
    )


def _sender(request: HttpRequest | None) -> User | None:
    user = getattr(request, "user", None)
    return user if isinstance(user, User) and user.pk else None


def prune() -> int:
    """Forget what is over ``KEPT`` old; return how much that was."""
    count, _ = AuditEvent.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return count
