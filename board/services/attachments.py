"""Writes of attachments, and of the files that hold their bytes."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from board.changes import Actor
from board.errors import RuleBroken
from board.files import HEAD_BYTES, clean_name, content_type_of
from board.models import Attachment, Task, private_files
from board.services.details import reread_detail, task_in_hand
from board.services.revisions import check_version
from board.transactions import retried_transaction

MOST_ATTACHMENTS = 50
FOLDER = "attachments"
# Undo brings back what was deleted a day ago; the rest is for whoever restores a backup.
KEPT = timedelta(days=30)
# No upload takes longer from its first byte to its row.
LONGEST_UPLOAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file's bytes, kept at ``path`` of the storage, and what they are."""

    path: str
    name: str
    size: int
    content_type: str


@contextmanager
def stored_file(upload: "UploadedFile[bytes]") -> Iterator[StoredFile]:
    """Keep a file's bytes while an attachment is made of them, and after that only if one was.

    Goes around the outermost transaction: however that ends, also as the repetition of an earlier
    one, no file stays without a row. What a killed process leaves behind, ``prune_files`` finds.
    """
    content_type = content_type_of(upload.read(HEAD_BYTES))
    path = private_files().save(f"{FOLDER}/{uuid4().hex}", upload)
    try:
        yield StoredFile(path, clean_name(upload.name or ""), upload.size or 0, content_type)
    finally:
        if not Attachment.objects.filter(file=path).exists():
            private_files().delete(path)


@retried_transaction
def create_attachment(*, actor: Actor, task: Task, stored: StoredFile) -> Attachment:
    """Attach a ``stored_file`` to a task.

    Raises ``RuleBroken`` or ``AlreadyGone``. Emits ``attachment add`` and ``task update``.
    """
    with task_in_hand(actor=actor, task=task) as hand:
        if hand.task.attachment_count >= MOST_ATTACHMENTS:
            raise RuleBroken(
                gettext("A task has at most %(most)d files: remove one first.")
                % {"most": MOST_ATTACHMENTS},
                field="file",
            )
        attachment = Attachment(
            task=hand.task,
            name=stored.name,
            file=stored.path,
            size=stored.size,
            content_type=stored.content_type,
            uploaded_by=actor.user,
        )
        hand.add(attachment)
    return attachment


@retried_transaction
def delete_attachment(
    *, actor: Actor, attachment: Attachment, if_match: Collection[int] | None = None
) -> None:
    """Take a file away; row and bytes stay for undo until ``prune_files``.

    Raises ``VersionMismatch`` or ``AlreadyGone``. Emits ``attachment remove`` and ``task update``.
    """
    with task_in_hand(actor=actor, task=attachment.task) as hand:
        attachment = reread_detail(attachment)
        check_version(attachment, if_match)
        hand.remove(attachment)


def prune_files() -> int:
    """Remove for good the files of what was deleted over 30 days ago, and those of nothing.

    Returns how many files there were.
    """
    old = timezone.now() - KEPT
    is_over = Q(deleted_at__lt=old) | Q(task__deleted_at__lt=old)
    Attachment.objects.filter(is_over).delete()
    orphans = _orphans()
    for path in orphans:
        private_files().delete(path)
    return len(orphans)


def _orphans() -> list[str]:
    """The stored files that no attachment names, but for those of uploads under way."""
    storage, now = private_files(), timezone.now()
    if not storage.exists(FOLDER):
        return []
    paths = {f"{FOLDER}/{name}" for name in storage.listdir(FOLDER)[1]}
    nobodys = paths - set(Attachment.objects.values_list("file", flat=True))
    return [path for path in nobodys if now - storage.get_modified_time(path) > LONGEST_UPLOAD]
