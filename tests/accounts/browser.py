"""Somebody's browser at the headless API, and the mails that reach them."""

import re
from typing import Any
from urllib.parse import unquote

from django.core.mail import EmailMessage
from django.test import Client

from tests.conftest import PASSWORD

AUTH = "/_allauth/browser/v1/auth"
ACCOUNT = "/_allauth/browser/v1/account"
NEW_PASSWORD = "battery staple 42"

Outbox = list[EmailMessage]


class Browser:
    """Speaks TLS if ``is_secure``, as passkeys and providers ask for it."""

    def __init__(self, *, is_secure: bool = False) -> None:
        self.client = Client()
        self._is_secure = is_secure

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, body, content_type="application/json", secure=self._is_secure)

    def get(self, path: str, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(path, headers=named, secure=self._is_secure)

    def delete(self, path: str, **body: Any) -> Any:
        return self.client.delete(
            path, body, content_type="application/json", secure=self._is_secure
        )

    def sign_in(self, login: str = "alice", password: str = PASSWORD) -> Any:
        kind = "email" if "@" in login else "username"
        return self.post(f"{AUTH}/login", **{kind: login}, password=password)

    def prove(self, password: str = PASSWORD) -> None:
        """Prove again who this is."""
        assert self.post(f"{AUTH}/reauthenticate", password=password).status_code == 200

    @property
    def name(self) -> str | None:
        """The username of whoever is signed in."""
        answer = self.get("/api/me/")
        return str(answer.json()["username"]) if answer.status_code == 200 else None

    @property
    def is_signed_in(self) -> bool:
        return self.name is not None


def fragment(mail: EmailMessage) -> str:
    """What stands behind the # of the link in a mail."""
    (link,) = re.findall(r"http://testserver(\S+)", str(mail.body))
    path, _, secret = link.partition("#")
    assert path in ("/password/reset/key", "/verify-email")
    return unquote(secret)
