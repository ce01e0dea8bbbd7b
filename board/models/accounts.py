"""Tables around signing in: what is kept of API tokens beside knox, and the record of events."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class TokenRecord(models.Model):
    """What its owner is shown of an API token, beside what knox keeps (and never the secret)."""

    token = models.OneToOneField("knox.AuthToken", models.CASCADE, related_name="record")
    name = models.CharField(max_length=100, blank=True, default="")
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class AuditKind(models.TextChoices):
    """What is recorded; the values are stable, for those who filter by them."""

    SIGNED_UP = "signed_up", "Signed up"
    SIGNED_IN = "signed_in", "Signed in"
    SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
    LOCKED_OUT = "locked_out", "Too many failed sign-ins"
    SIGNED_OUT = "signed_out", "Signed out"
    SESSION_ENDED = "session_ended", "Session ended from another one"
    PASSWORD_CHANGED = "password_changed", "Password changed"
    PASSWORD_RESET = "password_reset", "Password reset by e-mail"
    PASSWORD_RESET_ASKED = "password_reset_asked", "Password reset asked for"
    EMAIL_CHANGED = "email_changed", "E-mail address changed"
    EMAIL_VERIFIED = "email_verified", "E-mail address verified"
    FACTOR_ADDED = "factor_added", "Second factor added"
    FACTOR_REMOVED = "factor_removed", "Second factor removed"
    FACTOR_RESET = "factor_reset", "Recovery codes made anew"
    FACTOR_FAILED = "factor_failed", "Second factor wrong"
    PROVIDER_ADDED = "provider_added", "Identity provider connected"
    PROVIDER_REMOVED = "provider_removed", "Identity provider disconnected"
    TOKEN_MADE = "token_made", "API token made"
    TOKEN_REVOKED = "token_revoked", "API token revoked"
    INVITATION_MADE = "invitation_made", "Invitation made"
    INVITATION_REVOKED = "invitation_revoked", "Invitation taken back"
    INVITATION_ACCEPTED = "invitation_accepted", "Invitation accepted"
    MEMBER_ADDED = "member_added", "Member added"
    MEMBER_REMOVED = "member_removed", "Member removed"
    ROLE_CHANGED = "role_changed", "Role changed"
    PROJECT_CREATED = "project_created", "Project created"
    PROJECT_ARCHIVED = "project_archived", "Project archived"
    PROJECT_RESTORED = "project_restored", "Project restored"
    PROJECT_DELETED = "project_deleted", "Project deleted"
    LINK_MADE = "link_made", "Public link made"
    LINK_ENDED = "link_ended", "Public link ended"
    ADMIN_CHANGED = "admin_changed", "Changed in the admin"


def audit_kinds() -> list[tuple[str, str]]:
    """A function, so that a new kind needs no migration."""
    return AuditKind.choices


class AuditEvent(models.Model):
    """One event that matters for security. Never changed; holds no secret.

    ``actor`` did it, ``person`` is whom it concerns; either may be unknown. ``details`` are few and
    small, for people to read.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    kind = models.CharField(max_length=30, choices=audit_kinds, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="audit_as_actor"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="audit_as_person"
    )
    address = models.GenericIPAddressField(null=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d %H:%M:%S}"
