"""What lets somebody in who comes by a link: invitations, and public links of sprints."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from board.models.projects import Project, Role
from board.models.sprints import Sprint

# For how many days an invitation can be accepted.
USUAL_DAYS = 7
MOST_DAYS = 30


def new_secret() -> str:
    """256 random bits in the letters of a URL: what a link that lets somebody in is made of."""
    return secrets.token_urlsafe(32)


class InvitationStatus(models.TextChoices):
    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"


class Invitation(models.Model):
    """A seat in a project for whoever comes with its link first.

    The link's secret is kept as its hash alone, so that a copy of the database lets nobody in.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role)
    email = models.EmailField(blank=True, default="")
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="invitations_made"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="invitations_accepted",
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_known"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
                name="invitation_accepted_or_revoked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} of {self.project}"

    @property
    def status(self) -> InvitationStatus:
        if self.accepted_at:
            return InvitationStatus.ACCEPTED
        if self.revoked_at:
            return InvitationStatus.REVOKED
        has_expired = self.expires_at <= timezone.now()
        return InvitationStatus.EXPIRED if has_expired else InvitationStatus.OPEN


class SharedLink(models.Model):
    """The public link of a sprint's board; a new link is a new row, so that the old one ends.

    Owners are shown the link again, so its secret is kept. It opens nothing by itself: the link is
    signed (``board.links``).
    """

    sprint = models.OneToOneField(Sprint, models.CASCADE, related_name="shared_link")
    secret = models.CharField(max_length=64, unique=True, default=new_secret, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="shared_links"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"Link of {self.sprint}"

    @property
    def guest(self) -> str:
        """The name on the tickets of those who come by this link; no person's may have a colon."""
        return f"share:{self.pk}"
