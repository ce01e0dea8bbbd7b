"""Locks out who guesses passwords, and not whose password is being guessed.

Wrong passwords count for an address and a login together, and for an address: whoever guesses is
stopped there, and the owner, at another address, is not. Against many addresses that share the
work, they also count for a login alone; that count does not concern addresses where the login's
owner is signed in, and never passkeys, other sessions or a password reset.
"""

from allauth.usersessions.models import UserSession
from django.db.models import Q

from board import limits


def seconds_to_wait(*, address: str, login: str) -> int | None:
    """How long nobody at ``address`` may try a password for ``login``; None if they may."""
    network, name = limits.network_of(address), _folded(login)
    here = limits.is_used_up(limits.GUESSES_HERE, network, name)
    there = limits.is_used_up(limits.GUESSES_OF_ADDRESS, network)
    if here or there:
        return max(here or 0, there or 0)
    anywhere = limits.is_used_up(limits.GUESSES_OF_LOGIN, name)
    return anywhere if anywhere and not _is_at_home(network, login) else None


def note_failure(*, address: str, login: str) -> bool:
    """Count a wrong password; tells whether this one was the last to be tried for now."""
    network, name = limits.network_of(address), _folded(login)
    limits.consume(limits.GUESSES_HERE, network, name)
    limits.consume(limits.GUESSES_OF_ADDRESS, network)
    limits.consume(limits.GUESSES_OF_LOGIN, name)
    return seconds_to_wait(address=address, login=login) is not None


def _folded(login: str) -> str:
    return login.strip().casefold()


def _is_at_home(network: str, login: str) -> bool:
    whose = Q(user__username__iexact=login) | Q(user__email__iexact=login)
    addresses = UserSession.objects.filter(whose).values_list("ip", flat=True)
    return any(limits.network_of(address) == network for address in addresses)
