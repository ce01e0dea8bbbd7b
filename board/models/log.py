"""The log of changes, and what keeps it whole."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


def new_epoch() -> str:
    """A random name for one uninterrupted life of a channel; compared only for equality."""
    return secrets.token_hex(8)


def new_prefix() -> str:
    return f"sprintwall-{secrets.token_hex(6)}"


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
    ``task`` is the id of the task that it tells of, or of whose comments and the like, if any.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="events")
    seq = models.PositiveBigIntegerField()
    change = models.CharField(max_length=26, db_index=True)
    task = models.PositiveBigIntegerField(null=True)
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
        indexes = [
            models.Index(
                fields=["task", "id"], condition=Q(task__isnull=False), name="history_of_task"
            ),
            models.Index(fields=["channel", "created_at"], name="channel_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.seq}"


class Mutation(models.Model):
    """The first answer to a write that its client may repeat; kept 30 days.

    ``change`` is the change that it made, if any: what can be undone.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mutations")
    mutation = models.UUIDField()
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(null=True)
    change = models.CharField(max_length=26, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "mutation"], name="one_answer_per_mutation"),
        ]

    def __str__(self) -> str:
        return str(self.mutation)
