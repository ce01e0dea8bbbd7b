"""An authenticator that makes passkeys, and what a browser does with one."""

import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from tests.accounts.browser import ACCOUNT, AUTH, Browser

# The person is there, and the authenticator knows them.
PRESENT = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


class Passkey:
    """An authenticator in software, as https://www.w3.org/TR/webauthn-3/ describes it."""

    def __init__(self, origin: str = "https://testserver") -> None:
        self._origin = origin
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._id = os.urandom(16)
        self._user_handle = ""

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer to ``navigator.credentials.create``."""
        self._user_handle = options["user"]["id"]
        public = ES256.from_cryptography_key(  # type: ignore[no-untyped-call]
            self._key.public_key()
        )
        credential = AttestedCredentialData.create(b"\0" * 16, self._id, public)
        flags = PRESENT | AuthenticatorData.FLAG.AT
        data = AuthenticatorData.create(sha256(options["rp"]["id"].encode()), flags, 0, credential)
        client = self._client_data("webauthn.create", options["challenge"])
        attestation = AttestationObject.create("none", data, {})
        return self._credential(
            clientDataJSON=websafe_encode(client),
            attestationObject=websafe_encode(attestation),
        )

    def get(self, options: dict[str, Any], *, key: Any = None) -> dict[str, Any]:
        """Answer to ``navigator.credentials.get``; ``key`` signs instead of its own."""
        data = AuthenticatorData.create(sha256(options["rpId"].encode()), PRESENT, 1)
        client = self._client_data("webauthn.get", options["challenge"])
        signature = (key or self._key).sign(bytes(data) + client.hash, ec.ECDSA(SHA256()))
        return self._credential(
            clientDataJSON=websafe_encode(client),
            authenticatorData=websafe_encode(data),
            signature=websafe_encode(signature),
            userHandle=self._user_handle,
        )

    def _client_data(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, websafe_decode(challenge), self._origin)

    def _credential(self, **response: str) -> dict[str, Any]:
        name = websafe_encode(self._id)
        return {
            "type": "public-key",
            "id": name,
            "rawId": name,
            "response": response,
            "clientExtensionResults": {"credProps": {"rk": True}},
        }


def add_passkey(owner: Browser, passkey: Passkey) -> Any:
    offered = owner.get(f"{ACCOUNT}/authenticators/webauthn?passwordless")
    options = offered.json()["data"]["creation_options"]["publicKey"]
    credential = passkey.create(options)
    return owner.post(f"{ACCOUNT}/authenticators/webauthn", name="Key", credential=credential)


def login_options(browser: Browser) -> dict[str, Any]:
    offered = browser.get(f"{AUTH}/webauthn/login").json()
    return dict(offered["data"]["request_options"]["publicKey"])
