"""What django-allauth announces of accounts, written down by ``board.audit``.

These are another package's events: it tells of them by signals, and knows no other way.
"""

from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as social
from django.contrib.auth.models import User

from board import audit
from board.models.accounts import AuditKind


def connect() -> None:
    """Begin to listen; called once, when Django is ready."""
    for signal, listener in (
        (account.user_signed_up, signed_up),
        (account.user_logged_in, signed_in),
        (account.user_logged_out, signed_out),
        (account.password_reset, password_reset),
        (account.email_changed, email_changed),
        (account.email_confirmed, email_verified),
        (mfa.authenticator_added, factor_added),
        (mfa.authenticator_removed, factor_removed),
        (mfa.authenticator_reset, factor_reset),
        (mfa.authentication_failed, factor_failed),
        (social.social_account_added, provider_added),
        (social.social_account_removed, provider_removed),
    ):
        signal.connect(listener, dispatch_uid=f"audit.{listener.__name__}")


def signed_up(*, user: User, **kwargs: Any) -> None:
    audit.record(AuditKind.SIGNED_UP, actor=user, person=user)


def signed_in(*, request: Any, user: User, **kwargs: Any) -> None:
    methods = [
        record.get("type") or record["method"]
        for record in get_authentication_records(request, user)
    ]
    audit.record(AuditKind.SIGNED_IN, actor=user, person=user, by=methods)


def signed_out(*, user: User | None, **kwargs: Any) -> None:
    if user:
        audit.record(AuditKind.SIGNED_OUT, actor=user, person=user)


def password_reset(*, user: User, **kwargs: Any) -> None:
    audit.record(AuditKind.PASSWORD_RESET, person=user)


def email_changed(*, user: User, **kwargs: Any) -> None:
    audit.record(AuditKind.EMAIL_CHANGED, person=user)


def email_verified(*, email_address: Any, **kwargs: Any) -> None:
    audit.record(AuditKind.EMAIL_VERIFIED, person=email_address.user)


def factor_added(*, user: User, authenticator: Any, **kwargs: Any) -> None:
    audit.record(AuditKind.FACTOR_ADDED, person=user, factor=authenticator.type)


def factor_removed(*, user: User, authenticator: Any, **kwargs: Any) -> None:
    audit.record(AuditKind.FACTOR_REMOVED, person=user, factor=authenticator.type)


def factor_reset(*, user: User, authenticator: Any, **kwargs: Any) -> None:
    audit.record(AuditKind.FACTOR_RESET, person=user, factor=authenticator.type)


def factor_failed(*, user: User, **kwargs: Any) -> None:
    audit.record(AuditKind.FACTOR_FAILED, person=user)


def provider_added(*, request: Any, sociallogin: Any, **kwargs: Any) -> None:
    audit.record(
        AuditKind.PROVIDER_ADDED, person=sociallogin.user, provider=sociallogin.account.provider
    )


def provider_removed(*, socialaccount: Any, **kwargs: Any) -> None:
    audit.record(
        AuditKind.PROVIDER_REMOVED, person=socialaccount.user, provider=socialaccount.provider
    )
