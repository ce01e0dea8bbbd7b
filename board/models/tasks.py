"""Tasks, and the labels that they carry."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from board.models.projects import Project
from board.models.sprints import Sprint

# Numbers beyond this lose digits in a browser (Number.MAX_SAFE_INTEGER).
LARGEST_ORDER = 2**53 - 1
LARGEST_POINTS = 999
MOST_LABELS_OF_TASK = 20


class Status(models.IntegerChoices):
    NOT_STARTED = 1, "Not Started"
    IN_PROGRESS = 2, "In Progress"
    TESTING = 3, "Testing"
    DONE = 4, "Done"


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
    is_blocked = models.BooleanField(default=False)
    # Kept by the services of what a task has, so that boards need not count.
    comment_count = models.PositiveIntegerField(default=0, editable=False)
    checklist_count = models.PositiveIntegerField(default=0, editable=False)
    checklist_done_count = models.PositiveIntegerField(default=0, editable=False)
    attachment_count = models.PositiveIntegerField(default=0, editable=False)
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


class Colour(models.TextChoices):
    """What a label can look like; the client has a light and a dark form of each."""

    GREY = "grey", "Grey"
    RED = "red", "Red"
    ORANGE = "orange", "Orange"
    YELLOW = "yellow", "Yellow"
    GREEN = "green", "Green"
    TEAL = "teal", "Teal"
    BLUE = "blue", "Blue"
    VIOLET = "violet", "Violet"
    PINK = "pink", "Pink"


class Label(models.Model):
    """A word that tasks of one project are marked with."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="labels")
    name = models.CharField(max_length=40)
    colour = models.CharField(max_length=10, choices=Colour, default=Colour.GREY)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = [Lower("name"), "id"]
        constraints = [
            models.UniqueConstraint("project", Lower("name"), name="one_label_per_name"),
            models.CheckConstraint(condition=Q(colour__in=Colour.values), name="colour_known"),
        ]

    def __str__(self) -> str:
        return self.name


class TaskLabel(models.Model):
    """That a task carries a label."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="task_labels")
    label = models.ForeignKey(Label, models.CASCADE, related_name="task_labels")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "label"], name="task_carries_label_once"),
        ]

    def __str__(self) -> str:
        return f"{self.label} on {self.task}"
