"""Reads where mail goes: ``EMAIL_URL`` becomes Django's settings. Knows no Django."""

import os
from typing import Any
from urllib.parse import unquote, urlsplit

from scrum import environment

# Scheme: port, TLS from the start, TLS after STARTTLS.
SCHEMES = {
    "smtp": (25, False, False),
    "smtp+tls": (587, False, True),
    "smtps": (465, True, False),
}
TIMEOUT_SECONDS = 10


def settings_from_environment(*, is_debug: bool) -> dict[str, Any]:
    """Return Django's settings for mail.

    Without ``EMAIL_URL`` mail is printed where ``is_debug``. Elsewhere nothing is sent, as the log
    is no place for links that let people in.
    """
    settings: dict[str, Any] = {
        "DEFAULT_FROM_EMAIL": os.environ.get("DEFAULT_FROM_EMAIL") or _default_sender(),
        "EMAIL_TIMEOUT": TIMEOUT_SECONDS,
    }
    url = os.environ.get("EMAIL_URL") or ("console://" if is_debug else "")
    if not url:
        return settings | {"EMAIL_BACKEND": "board.mail.NoMail"}
    if url == "console://":
        return settings | {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    return settings | {"EMAIL_BACKEND": "board.mail.MailInBackground", **_server(url)}


def _default_sender() -> str:
    host = next(iter(environment.comma_separated("ALLOWED_HOSTS")), "localhost")
    return f"Sprintwall <sprintwall@{host.lstrip('.*') or 'localhost'}>"


def _server(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        port, use_ssl, use_tls = SCHEMES[parts.scheme]
        port = parts.port or port
    except (KeyError, ValueError):
        parts = None
    if parts is None or not parts.hostname or parts.path.strip("/") or parts.query:
        raise environment.EnvironmentRefused(
            "EMAIL_URL must look like smtp+tls://user:password@host:587, "
            "with smtp, smtp+tls or smtps, or be console://."
        )
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": use_ssl,
        "EMAIL_USE_TLS": use_tls,
    }
