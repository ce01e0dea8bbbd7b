"""Locks out who guesses passwords, and not whose password is being guessed.

Wrong passwords count for an address and a login together, and for an address: whoever guesses is
stopped there, and the owner, at another address, is not. Against many addresses that share the
work, they also count for a login alone; that count does not concern addresses where the login's
owner is signed in, and never passkeys, other sessions or a password reset.
"""

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.db.models import Q

from board import audit, limits
from board.models.accounts import AuditKind


def seconds_to_wait(*, address: str, login: str) -> int | None:
    """How long nobody at ``address`` may try a password for ``login``; None if they may."""
    network, name = limits.network_of(address), _folded(login)
    here = limits.is_used_up(limits.GUESSES_HERE, network, name)
    there = limits.is_used_up(limits.GUESSES_OF_ADDRESS, network)
    if here or there:
        return max(here or 0, there or 0)
    anywhere = limits.is_used_up(limits.GUESSES_OF_LOGIN, name)
    return anywhere if anywhere and not _is_at_home(network, login) else None


def note_failure(*, address: str, login: str) -> None:
    """Count and record a wrong password. A login that nobody has is not kept: it may be one."""
    network, name = limits.network_of(address), _folded(login)
    limits.consume(limits.GUESSES_HERE, network, name)
    limits.consume(limits.GUESSES_OF_ADDRESS, network)
    limits.consume(limits.GUESSES_OF_LOGIN, name)
    person = User.objects.filter(_is_called(login)).first()
    audit.record(AuditKind.SIGN_IN_FAILED, person=person)
    if seconds_to_wait(address=address, login=login):
        audit.record(AuditKind.LOCKED_OUT, person=person)


def _folded(login: str) -> str:
    return login.strip().casefold()


def _is_called(login: str) -> Q:
    # Databases refuse NUL in a text; no name has one.
    login = login.strip().replace("\0", "")
    return Q(username__iexact=login) | Q(email__iexact=login)


def _is_at_home(network: str, login: str) -> bool:
    people = User.objects.filter(_is_called(login))
    addresses = UserSession.objects.filter(user__in=people).values_list("ip", flat=True)
    return any(limits.network_of(address) == network for address in addresses)
