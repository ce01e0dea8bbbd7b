"""Reads how people may sign up and in: ``SIGN_UP``, ``OIDC_PROVIDERS``. Knows no Django."""

import json
import os
import re
from typing import Any
from urllib.parse import urlsplit

from scrum import environment

SIGN_UP = ("invited", "open", "off")
REQUIRED = ("id", "name", "server_url", "client_id", "secret")
OPTIONAL = ("sign_in_origin", "token_auth_method")

# What may stand in a content security policy, and is TLS unless it stays on this machine.
_ORIGIN = re.compile(r"https://[\w.:\[\]-]+|http://localhost(:[0-9]+)?", re.ASCII)


def sign_up() -> str:
    """Who may make an account: whoever was ``invited``, everybody (``open``), or nobody."""
    return environment.choice("SIGN_UP", default="invited", among=SIGN_UP)


def providers() -> list[dict[str, str]]:
    """The OpenID Connect providers of ``OIDC_PROVIDERS``, a JSON list of objects.

    Each has ``REQUIRED`` and may have ``OPTIONAL``.
    """
    try:
        found = json.loads(os.environ.get("OIDC_PROVIDERS") or "[]")
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(_is_provider(one) for one in found):
        raise environment.EnvironmentRefused(
            "OIDC_PROVIDERS must be a JSON list of objects with the texts "
            f"{', '.join(REQUIRED)}; id in small letters, server_url with https."
        )
    if len({one["id"] for one in found}) < len(found):
        raise environment.EnvironmentRefused("OIDC_PROVIDERS names one id twice.")
    return found


def provider_settings(found: list[dict[str, str]]) -> dict[str, Any]:
    """``SOCIALACCOUNT_PROVIDERS`` for django-allauth."""
    apps = [
        {
            "provider_id": one["id"],
            "name": one["name"],
            "client_id": one["client_id"],
            "secret": one["secret"],
            "settings": {
                "server_url": one["server_url"],
                "oauth_pkce_enabled": True,
                **({"token_auth_method": method} if (method := one.get(OPTIONAL[1])) else {}),
            },
        }
        for one in found
    ]
    return {"openid_connect": {"APPS": apps}}


def sign_in_origins(found: list[dict[str, str]]) -> list[str]:
    """Where browsers are sent to sign in: pages must be allowed to send their form there."""
    return sorted({one.get("sign_in_origin") or _origin(one["server_url"]) for one in found})


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_provider(one: Any) -> bool:
    if not isinstance(one, dict) or not one.keys() <= {*REQUIRED, *OPTIONAL}:
        return False
    if not all(isinstance(one.get(name), str) and one[name] for name in REQUIRED):
        return False
    origin = one.get("sign_in_origin", _origin(one["server_url"]))
    return bool(
        re.fullmatch(r"[a-z0-9-]{1,40}", one["id"])
        and one["server_url"].startswith(_origin(one["server_url"]))
        and isinstance(origin, str)
        and _ORIGIN.fullmatch(origin)
    )
