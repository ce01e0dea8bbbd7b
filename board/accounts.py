"""What django-allauth and Django's own accounts ask us: who may sign up, and what ends when a
person signs out, ends a session or gets another password.

The doors here are those that the two leave open for it; none of them is a signal.
"""

import base64
import secrets
from collections.abc import Sequence
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.account.internal.stagekit import clear_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal.flows.signup import clear_pending_signup
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext

from board import access, audit, guessing, services
from board.middleware import too_often
from board.models.accounts import AuditKind

# The client's page, which tells what is missing.
PROOF_NEEDED = "/account?error=reauthentication_required"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Let in whoever was invited, or everybody, as ``SIGN_UP`` says."""
        if settings.SIGN_UP == "invited":
            return access.is_invited(request)
        return bool(settings.SIGN_UP == "open")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        address, login = request.META["REMOTE_ADDR"], _login_of(credentials)
        if seconds := guessing.seconds_to_wait(address=address, login=login):
            raise ImmediateHttpResponse(too_often(seconds))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        guessing.note_failure(address=request.META["REMOTE_ADDR"], login=_login_of(credentials))

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        audit.record(AuditKind.PASSWORD_RESET_ASKED, person=user)
        super().send_password_reset_mail(user, email, context)

    def get_client_ip(self, request: HttpRequest) -> str:
        return str(request.META["REMOTE_ADDR"])

    def set_password(self, user: User, password: str) -> None:
        services.change_password(user=user, password=password)

    def logout(self, request: HttpRequest) -> None:
        sign_out = super().logout
        if isinstance(request.user, User):
            services.end_sign_in(user=request.user, end=lambda: sign_out(request))
        else:
            # Somebody gives up what they have begun. An invitation that they opened stays open.
            clear_login(request)
            clear_pending_signup(request)


def _login_of(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "")


class SessionsAdapter(DefaultUserSessionsAdapter):  # type: ignore[misc]
    """Sessions that their owner ends from another one: their sockets go with them."""

    def end_sessions(self, sessions: Sequence[Any]) -> None:
        sessions = [*sessions]
        end = super().end_sessions
        if sessions:
            owner = sessions[0].user
            services.end_sign_in(user=owner, end=lambda: end(sessions))
            audit.record(AuditKind.SESSION_ENDED, person=owner, sessions=len(sessions))


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Ask who connects a provider to prove again that it is them.

        A stranger at an open window could otherwise leave a way in for themselves.
        """
        is_connecting = sociallogin.state.get("process") == AuthProcess.CONNECT
        if is_connecting and not did_recently_reauthenticate(request):
            raise ImmediateHttpResponse(HttpResponseRedirect(PROOF_NEEDED))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps what proves a second factor encrypted, so that a copied database opens no account."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            # Kept under a SECRET_KEY that is gone: nobody must be able to guess what is left.
            return base64.b32encode(secrets.token_bytes(20)).decode()


def _cipher() -> MultiFernet:
    """The newest key encrypts, all decrypt."""
    return MultiFernet(
        Fernet(base64.urlsafe_b64encode(_derived(key)))
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )


def _derived(key: str) -> bytes:
    return salted_hmac("board.accounts.second_factor", "1", key, algorithm="sha256").digest()


class TicketRevocation:
    """Hears of every new password, in ``AUTH_PASSWORD_VALIDATORS``; any will do.

    Django calls this whenever a person is saved after ``set_password``: here, in the admin, in
    ``manage.py changepassword``, in a shell. A hash that is only upgraded at sign-in is none.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        pass

    def get_help_text(self) -> str:
        return gettext("A new password signs you out everywhere else.")

    def password_changed(self, password: str, user: User) -> None:
        services.revoke_tickets(user=user)
