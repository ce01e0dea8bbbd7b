"""Signing and verifying what travels through Redis, and tickets.

A signed message is ``kid.mac.json``: ``mac`` is the hex HMAC-SHA256 with key ``kid`` over label,
prefix, channel and json, joined by NUL. Label and channel are part of what is signed, so that a
message cannot be replayed in another place or as another kind. Rotation: the first key of
``WATERCOOLER_SECRET`` signs, all of them verify.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from enum import Enum

from realtime.errors import BadConfiguration, BadSignature

MINIMUM_SECRET_LENGTH = 32

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,16}", re.ASCII)


class Label(Enum):
    """What a signature vouches for."""

    EVENT = b"watercooler.v1.event"
    CONTROL = b"watercooler.v1.control"
    PEER = b"watercooler.v1.peer"
    TICKET = b"watercooler.v1.ticket"


class KeyRing:
    """The secrets of one installation, for one ``prefix``."""

    def __init__(self, keys: Mapping[str, bytes], *, prefix: str) -> None:
        self._keys = {kid.encode(): secret for kid, secret in keys.items()}
        self._signing_kid = next(iter(self._keys))
        self._prefix = prefix.encode()

    @classmethod
    def from_text(cls, text: str, *, prefix: str) -> "KeyRing":
        """Read ``kid:secret[,kid:secret...]``.

        Raises ``BadConfiguration``, whose text never quotes a secret.
        """
        keys: dict[str, bytes] = {}
        for entry in text.split(","):
            kid, _, secret = entry.strip().partition(":")
            if not _KEY_ID.fullmatch(kid) or len(secret) < MINIMUM_SECRET_LENGTH:
                raise BadConfiguration(
                    "WATERCOOLER_SECRET must be kid:secret[,kid:secret...], where each kid has 1 "
                    "to 16 letters or digits and each secret at least "
                    f"{MINIMUM_SECRET_LENGTH} characters."
                )
            if kid in keys:
                raise BadConfiguration(f"WATERCOOLER_SECRET names the key {kid!r} twice.")
            keys[kid] = secret.encode()
        return cls(keys, prefix=prefix)

    def sign(self, label: Label, channel: str, json: bytes) -> bytes:
        """Return ``kid.mac.json``."""
        kid = self._signing_kid
        return b"%b.%b.%b" % (kid, self._mac(self._keys[kid], label, channel, json), json)

    def verify(self, label: Label, channel: str, message: bytes) -> bytes:
        """Return the json of a message that was signed for this label and channel.

        Raises ``BadSignature`` before anything of the json has been parsed.
        """
        parts = message.split(b".", 2)
        if len(parts) != 3:
            raise BadSignature("not of the form kid.mac.json")
        kid, mac, json = parts
        secret = self._keys.get(kid)
        if secret is None:
            raise BadSignature("signed with an unknown key")
        if not hmac.compare_digest(mac, self._mac(secret, label, channel, json)):
            raise BadSignature("signature does not match")
        return json

    def _mac(self, secret: bytes, label: Label, channel: str, json: bytes) -> bytes:
        signed = b"\0".join((label.value, self._prefix, channel.encode(), json))
        return hmac.digest(secret, signed, hashlib.sha256).hex().encode()
