"""Links that let in whoever holds them: the token in a link, and what of it the database keeps.

A token is ``<secret>:<signature>``. The signature, by ``SECRET_KEY``, tells what was made here from
what was guessed or altered before the database is asked. Tokens stand in the fragment of a link,
which browsers do not send to servers, so that no log has them.
"""

import hashlib
from enum import StrEnum

from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext

from board.errors import LinkUnknown

# 43 characters of secret and as many of signature, with room for what a key may make longer.
LONGEST_TOKEN = 200


class Purpose(StrEnum):
    """What a token is for: it counts for nothing else. The value is the page that it opens."""

    INVITATION = "join"
    SHARED_BOARD = "shared"


def link_of(purpose: Purpose, secret: str, *, origin: str) -> str:
    """``<origin>/join#<token>``; ``origin`` is scheme and host."""
    return f"{origin}/{purpose}#{_signer(purpose).sign(secret)}"


def secret_of(purpose: Purpose, token: str) -> str:
    """Return the secret in a genuine token; raises ``LinkUnknown``."""
    try:
        return _signer(purpose).unsign(token)
    except BadSignature as error:
        raise LinkUnknown(
            gettext("This link is not complete. Copy all of it, and try again.")
        ) from error


def hash_of(secret: str) -> str:
    """What is kept of a secret that nobody is shown again; it is random, so one pass will do."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _signer(purpose: Purpose) -> Signer:
    return Signer(salt=f"board.links.{purpose}")
