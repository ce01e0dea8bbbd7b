"""Sprints."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from board.models.projects import Project


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


class Visit(models.Model):
    """How far somebody has seen a sprint's board: ``positions`` as in a snapshot's ``channels``."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="visits")
    sprint = models.ForeignKey(Sprint, models.CASCADE, related_name="visits")
    positions = models.JSONField()
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "sprint"], name="one_visit_per_board"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.sprint}"
