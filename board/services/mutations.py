"""Writes that their client may repeat: the first answer is kept and given again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext

from board.errors import MutationReused
from board.models import Mutation
from board.transactions import retried_transaction

# Long enough for a laptop that was shut over the holidays with something left to send.
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answered: HTTP status, JSON body, and the ULID of its change or ""."""

    status: int
    body: Any
    change: str


@retried_transaction
def answer_once(
    *, user: User, mutation: UUID, request_hash: str, write: Callable[[], Answer]
) -> Answer:
    """Run ``write`` unless this person's ``mutation`` was done before; return its first answer.

    The row is inserted first, so that a repeat under way at the same time waits for the first one.
    A refused write raises, and so leaves no row behind. Raises ``MutationReused`` when the earlier
    request was another one.
    """
    row, is_first = Mutation.objects.get_or_create(
        user=user, mutation=mutation, defaults={"request_hash": request_hash}
    )
    if not is_first:
        if row.request_hash != request_hash:
            raise MutationReused(gettext("This X-Client-Mutation was used for another request."))
        return Answer(row.status, row.body, row.change)
    answer = write()
    row.status, row.body, row.change = answer.status, answer.body, answer.change
    row.save(update_fields=["status", "body", "change"])
    return answer


def prune_mutations() -> int:
    """Forget the answers to writes that nobody repeats any more; return how many there were."""
    count, _ = Mutation.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return count
