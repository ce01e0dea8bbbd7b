"""How requests to the API say who sends them, besides the browser's session.

What a password may do is decided here for both its ways in: HTTP Basic and ``POST /api/token/``.
"""

from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.utils.translation import gettext, gettext_lazy
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from board import guessing, services
from board.throttles import TooOften

SECOND_FACTOR_NEEDED = gettext_lazy(
    "This account has a second factor: use an API token, made at the account's page."
)


class NotByToken(BasePermission):
    """Keeps whoever finds a token from making more of them."""

    message = gettext_lazy(
        "API tokens are managed by their owner, signed in by password or in the browser."
    )

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.auth is None


class ConfirmedLately(BasePermission):
    """Asks who makes a token in an open browser to prove again that it is them.

    They do so at ``/_allauth/browser/v1/auth/reauthenticate``, and need not again for five minutes.
    """

    message = {
        "detail": gettext_lazy("Confirm that it is you first, then try again."),
        "code": "reauthentication_required",
    }

    def has_permission(self, request: Request, view: Any) -> bool:
        by_session = isinstance(request.successful_authenticator, SessionAuthentication)
        is_harmless = request.method in SAFE_METHODS or request.method == "DELETE"
        return is_harmless or not by_session or did_recently_reauthenticate(request)


class PasswordRefused(Exception):
    """Name and password do not let anybody in; the text says why, for people."""


class TokenAuthentication(KnoxTokenAuthentication):  # type: ignore[misc]
    """API tokens, as knox keeps them; notes now and then when one was used."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, Any]:
        try:
            user, auth_token = super().authenticate_credentials(token)
        except UnicodeDecodeError as error:
            raise AuthenticationFailed(gettext("Invalid token.")) from error
        services.note_token_use(token=auth_token)
        return user, auth_token


class PasswordAuthentication(BasicAuthentication):
    """HTTP Basic, for accounts that a password alone opens."""

    def authenticate_credentials(
        self, userid: str, password: str, request: Any = None
    ) -> tuple[User, None]:
        try:
            return check_password(request, username=userid, password=password), None
        except PasswordRefused as error:
            raise AuthenticationFailed(str(error)) from error


def check_password(request: Request, *, username: str, password: str) -> User:
    """Return the person; raises ``PasswordRefused``, or ``TooOften`` to whoever guesses.

    Nothing tells a wrong password from an unknown or deactivated person.
    """
    address = request.META["REMOTE_ADDR"]
    if seconds := guessing.seconds_to_wait(address=address, login=username):
        raise TooOften(wait=seconds)
    # Databases refuse NUL in a text; no name has one.
    is_possible = "\0" not in username + password
    user = authenticate(request, username=username, password=password) if is_possible else None
    if not isinstance(user, User):
        guessing.note_failure(address=address, login=username)
        raise PasswordRefused(gettext("Unable to log in with provided credentials."))
    if is_mfa_enabled(user):
        raise PasswordRefused(SECOND_FACTOR_NEEDED)
    return user
