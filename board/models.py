"""Tables, their constraints, and facts about one row. Writes go through ``board.services``."""

import secrets
import zoneinfo
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

import board.account_models  # noqa: F401 - Django finds models through this module

# Numbers beyond this lose digits in a browser (Number.MAX_SAFE_INTEGER).
LARGEST_ORDER = 2**53 - 1
LARGEST_POINTS = 999
# For how many days an invitation can be accepted.
USUAL_DAYS = 7
MOST_DAYS = 30


def new_epoch() -> str:
    """A random name for one uninterrupted life of a channel; compared only for equality."""
    return secrets.token_hex(8)


def new_prefix() -> str:
    return f"sprintwall-{secrets.token_hex(6)}"


def new_secret() -> str:
    """256 random bits in the letters of a URL: what a link that lets somebody in is made of."""
    return secrets.token_urlsafe(32)


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            f"{name} is not a time zone; use a name such as Europe/Berlin.", code="time_zone"
        )


class Installation(models.Model):
    """The one row that tells this installation from others that share its Redis."""

    prefix = models.CharField(max_length=64, default=new_prefix)

    def __str__(self) -> str:
        return self.prefix

    @classmethod
    def current_prefix(cls) -> str:
        """The Redis prefix of this installation: ``REDIS_PREFIX``, else the id made here once."""
        if settings.REDIS_PREFIX:
            return str(settings.REDIS_PREFIX)
        return cls.objects.get_or_create(pk=1)[0].prefix


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    MEMBER = "member", "Member"
    VIEWER = "viewer", "Viewer"


class Status(models.IntegerChoices):
    NOT_STARTED = 1, "Not Started"
    IN_PROGRESS = 2, "In Progress"
    TESTING = 3, "Testing"
    DONE = 4, "Done"


class Project(models.Model):
    """A team's work; ``last_number`` is the highest task number given out so far."""

    key = models.CharField(
        max_length=10,
        unique=True,
        validators=[
            RegexValidator(
                r"^[A-Z][A-Z0-9]{1,9}\Z", "Use 2 to 10 capital letters or digits, such as WEB."
            )
        ],
    )
    name = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="projects"
    )
    last_number = models.PositiveIntegerField(default=0, editable=False)
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


class Profile(models.Model):
    """What we keep about a person beside Django's own user row."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="profile")
    default_project = models.ForeignKey(Project, models.SET_NULL, null=True, blank=True)

    def __str__(self) -> str:
        return str(self.user)


class Sprint(models.Model):
    """A span of work that ends on a day; its project never changes."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="sprints")
    name = models.CharField(max_length=100, blank=True, default="")
    description = models.TextField(max_length=20_000, blank=True, default="")
    goal = models.CharField(max_length=500, blank=True, default="")
    start = models.DateField(null=True, blank=True)
    end = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["end", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "end"], name="one_sprint_per_end"),
            models.CheckConstraint(
                condition=Q(start__isnull=True) | Q(start__lte=F("end")),
                name="sprint_starts_before_it_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.name or f"Sprint ending {self.end.isoformat()}"

    def has_ended(self, today: date) -> bool:
        return self.closed_at is not None or self.end < today


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


class Task(models.Model):
    """One card. A null sprint means the project's backlog.

    ``deleted_at`` is set instead of deleting the row: undo and history need it, no API shows it.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="tasks")
    sprint = models.ForeignKey(Sprint, models.SET_NULL, null=True, blank=True, related_name="tasks")
    number = models.PositiveIntegerField(editable=False)
    name = models.CharField(max_length=100)
    description = models.TextField(max_length=100_000, blank=True, default="")
    status = models.SmallIntegerField(choices=Status, default=Status.NOT_STARTED)
    order = models.BigIntegerField(default=0)
    assigned = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="tasks"
    )
    points = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(LARGEST_POINTS)]
    )
    started = models.DateField(null=True, blank=True)
    due = models.DateField(null=True, blank=True)
    completed = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="one_task_per_number"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="task_status_known"),
            models.CheckConstraint(
                condition=Q(sprint__isnull=False)
                | Q(status=Status.NOT_STARTED)
                | Q(deleted_at__isnull=False),
                name="backlog_task_not_started",
            ),
            models.CheckConstraint(
                condition=Q(started__isnull=True) | ~Q(status=Status.NOT_STARTED),
                name="not_started_task_without_started",
            ),
            models.CheckConstraint(
                condition=Q(completed__isnull=True) | Q(status=Status.DONE),
                name="unfinished_task_without_completed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["sprint", "status", "order", "id"],
                condition=Q(deleted_at__isnull=True),
                name="column_in_order",
            ),
            models.Index(
                fields=["project", "order", "id"],
                condition=Q(deleted_at__isnull=True, sprint__isnull=True),
                name="backlog_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Channel(models.Model):
    """Where a channel's log ends. Locking this row is what orders the changes of a channel."""

    name = models.CharField(max_length=32, primary_key=True)
    epoch = models.CharField(max_length=16, default=new_epoch)
    seq = models.PositiveBigIntegerField(default=0)
    change = models.CharField(max_length=26, blank=True, default="")
    updated_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.seq}"


class Event(models.Model):
    """One entry of a channel's log: outbox, activity and history in one. Never changed.

    ``payload`` is the inner JSON of the event (``realtime.envelope``), kept as text so that what is
    signed is what was stored; ``undo`` holds the values before the change and is never sent.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="events")
    seq = models.PositiveBigIntegerField()
    change = models.CharField(max_length=26)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="events"
    )
    payload = models.TextField()
    undo = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["channel", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "seq"], name="gapless_position"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.seq}"


class Mutation(models.Model):
    """The first answer to a write that its client may repeat; kept 30 days."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mutations")
    mutation = models.UUIDField()
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "mutation"], name="one_answer_per_mutation"),
        ]

    def __str__(self) -> str:
        return str(self.mutation)
