"""What an open task shows beside its fields: comments, a checklist, attachments.

What is deleted keeps its row with ``deleted_at``, as a task does, for history and undo.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone

from board.models.storage import private_files
from board.models.tasks import Task


class Comment(models.Model):
    """What somebody wrote below a task, in markdown; ``mentions`` are the usernames it calls."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="comments_written"
    )
    text = models.TextField(max_length=10_000)
    mentions = models.JSONField(default=list, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:40]


class ChecklistItem(models.Model):
    """One step of a task. ``order`` is as with tasks: a stride, ties broken by id."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="checklist")
    text = models.CharField(max_length=200)
    is_done = models.BooleanField(default=False)
    order = models.BigIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.text


class Attachment(models.Model):
    """A file that belongs to a task; ``content_type`` is what its bytes say, not its sender."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    file = models.FileField(storage=private_files, upload_to="attachments", editable=False)
    size = models.PositiveBigIntegerField(editable=False)
    content_type = models.CharField(max_length=100, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="attachments_uploaded"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
