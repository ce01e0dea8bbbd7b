"""Projects, and who may do what in them."""

import zoneinfo
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from board.models.storage import private_files

LARGEST_LIMIT = 999


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            gettext("%(name)s is not a time zone; use a name such as Europe/Berlin.")
            % {"name": name},
            code="time_zone",
        )


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    MEMBER = "member", "Member"
    VIEWER = "viewer", "Viewer"


class Project(models.Model):
    """A team's work; ``last_number`` is the highest task number given out so far."""

    key = models.CharField(
        max_length=10,
        unique=True,
        validators=[
            RegexValidator(
                r"^[A-Z][A-Z0-9]{1,9}\Z",
                gettext_lazy("Use 2 to 10 capital letters or digits, such as WEB."),
            )
        ],
    )
    name = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="projects"
    )
    last_number = models.PositiveIntegerField(default=0, editable=False)
    # How many tasks a column should hold at most, by status: {"2": 3}. More only warns.
    wip_limits = models.JSONField(default=dict, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.key} {self.name}"

    def today(self) -> date:
        """The day that it is now where the project is."""
        return timezone.now().astimezone(zoneinfo.ZoneInfo(self.time_zone)).date()


class Membership(models.Model):
    """What one person may do in one project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="one_membership_per_person"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.project}"


class Profile(models.Model):
    """What we keep about a person beside Django's own user row."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="profile")
    default_project = models.ForeignKey(Project, models.SET_NULL, null=True, blank=True)
    picture = models.FileField(
        storage=private_files, upload_to="pictures", blank=True, default="", editable=False
    )

    def __str__(self) -> str:
        return str(self.user)
