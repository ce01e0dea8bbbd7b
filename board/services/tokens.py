"""Writes of API tokens: making, noting their use, revoking."""

import threading
import time
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import OperationalError
from django.db.models import Q
from django.utils import timezone
from knox.models import get_token_model

from board import audit
from board.models.accounts import AuditKind, TokenRecord
from board.services.access import end_sign_in
from board.transactions import retried_transaction

# knox looks through all of a person's tokens at each request.
MOST_TOKENS = 100
USE_NOTED_EVERY = timedelta(minutes=1)


@retried_transaction
def create_token(*, user: User, name: str, days: int) -> tuple[Any, str]:
    """Make a token for ``days``; returns it and its secret, which cannot be told again.

    Who has ``MOST_TOKENS`` loses the oldest one.
    """
    tokens = get_token_model().objects
    crowded_out = tokens.filter(user=user).order_by("-created")[MOST_TOKENS - 1 :]
    tokens.filter(pk__in=[token.pk for token in crowded_out]).delete()
    token, secret = tokens.create(user=user, expiry=timedelta(days=days))
    TokenRecord.objects.create(token=token, name=name)
    audit.record(
        AuditKind.TOKEN_MADE, actor=user, person=user, token=token.token_key[:8], days=days
    )
    return token, secret


@retried_transaction
def revoke_token(*, token: Any) -> None:
    """Delete a token, and have sockets that were opened with it closed. Emits ``access revoke``."""
    end_sign_in(user=token.user, end=token.delete)
    audit.record(AuditKind.TOKEN_REVOKED, person=token.user, token=token.token_key[:8])


class _Noted:
    """When this process may note a token's use again; saves asking the database each time."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def admit(self, key: str) -> bool:
        now = time.monotonic()
        with self._lock:
            if self._next.get(key, 0.0) > now:
                return False
            if len(self._next) > 10_000:
                self._next.clear()
            self._next[key] = now + USE_NOTED_EVERY.total_seconds()
        return True


_noted = _Noted()


def note_token_use(*, token: Any) -> None:
    """Keep that a token was used just now, at most once a minute; never fails a request."""
    if not _noted.admit(token.pk):
        return
    now = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    try:
        TokenRecord.objects.filter(stale, token=token).update(last_used_at=now)
    except OperationalError:
        # A busy database has better things to do; the next minute will tell.
        return
