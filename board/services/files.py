"""What is taken out of the stored files for good."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from board.models import Attachment, Profile, private_files
from board.services import attachments, pictures

# Undo brings back what was deleted a day ago; the rest is for whoever restores a backup.
KEPT = timedelta(days=30)
# No upload takes longer from its first byte to its row.
LONGEST_UPLOAD = timedelta(days=1)


def prune_files() -> int:
    """Remove for good the files of what was deleted over 30 days ago, and those of nothing.

    Returns how many files there were.
    """
    old = timezone.now() - KEPT
    is_over = Q(deleted_at__lt=old) | Q(task__deleted_at__lt=old)
    Attachment.objects.filter(is_over).delete()
    orphans = [
        *_orphans(attachments.FOLDER, set(Attachment.objects.values_list("file", flat=True))),
        *_orphans(pictures.FOLDER, set(Profile.objects.values_list("picture", flat=True))),
    ]
    for path in orphans:
        private_files().delete(path)
    return len(orphans)


def _orphans(folder: str, named: set[str]) -> list[str]:
    """The files of a folder that no row has ``named``, but for those of uploads under way."""
    storage, now = private_files(), timezone.now()
    if not storage.exists(folder):
        return []
    nobodys = {f"{folder}/{name}" for name in storage.listdir(folder)[1]} - named
    return [path for path in nobodys if now - storage.get_modified_time(path) > LONGEST_UPLOAD]
