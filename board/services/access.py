"""What ends a person's access: open sockets are closed within a second, and older tickets refused.

Each is an event on ``control`` (model ``access``, action ``revoke``), written in the transaction
that takes the access away; ``realtime.revocations`` says what its body means to watercooler.
"""

from collections.abc import Callable, Iterable

from django.contrib.auth.models import User

from board import audit
from board.changes import Actor, Change, change_channels, lock_channels
from board.models import SharedLink
from board.models.accounts import AuditKind
from board.transactions import retried_transaction
from realtime.names import CONTROL, sprint_channel
from realtime.protocol import Close
from realtime.tickets import now_ms


def record_revocation(
    change: Change, *, user: User, code: Close, channels: Iterable[str] | None = None
) -> None:
    """Append ``access revoke`` to ``control``, which ``change`` must hold.

    ``channels`` None means all. ``code`` closes: 4403 is final, after 4401 the client comes back
    with a new ticket if it gets one.
    """
    _record(change, pk=user.pk, username=user.username, code=code, channels=channels)


def record_end_of_link(change: Change, link: SharedLink) -> None:
    """Append ``access revoke`` for all who came by ``link``, for good; as ``record_revocation``."""
    channels = [sprint_channel(link.sprint_id)]
    _record(change, pk=link.pk, username=link.guest, code=Close.NOT_A_MEMBER, channels=channels)


def _record(
    change: Change, *, pk: int, username: str, code: Close, channels: Iterable[str] | None
) -> None:
    change.record(
        channels=[CONTROL],
        model="access",
        action="revoke",
        id=pk,
        body={
            "username": username,
            "channels": None if channels is None else sorted(channels),
            "before_ms": now_ms(),
            "code": int(code),
        },
    )


@retried_transaction
def revoke_tickets(*, user: User) -> None:
    """Have a person's windows prove anew that they may look. Emits ``access revoke``.

    Who is in no project has no ticket that counts, so that nothing is told of them.
    """
    if user.memberships.exists():
        with change_channels(Actor(user), [CONTROL]) as change:
            record_revocation(change, user=user, code=Close.NEW_TICKET)


@retried_transaction
def end_sign_in(*, user: User, end: Callable[[], object]) -> None:
    """Run ``end``, which deletes a session or an API token, and revoke the tickets got with it.

    Tickets do not tell what they were got with: other windows of the person fetch a new one at
    once. Emits ``access revoke``.
    """
    revoke_tickets(user=user)
    end()


@retried_transaction
def change_password(*, user: User, password: str | None) -> None:
    """Set a password, or with None leave the person without one. Emits ``access revoke``."""
    # Before the person's row, in the order of everybody else who needs both.
    lock_channels([CONTROL])
    audit.record(AuditKind.PASSWORD_CHANGED, person=user)
    if password is None:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        revoke_tickets(user=user)
    else:
        # Saving tells board.accounts.TicketRevocation, which is told by every other path, too.
        user.set_password(password)
        user.save(update_fields=["password"])
