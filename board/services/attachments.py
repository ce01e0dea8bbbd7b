"""Writes of attachments, and of the files that hold their bytes."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from django.core.files.uploadedfile import UploadedFile
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
