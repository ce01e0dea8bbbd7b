"""Files that nobody can reach any more are removed for good."""

import io
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from board import services
from board.changes import Actor
from board.models import Attachment, Task
from tests.contract.test_attachments import attach


@pytest.fixture
def folder() -> Path:
    folder = Path(settings.FILES_DIR) / "attachments"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def prune() -> str:
    out = io.StringIO()
    call_command("prune_files", stdout=out)
    return out.getvalue()


def age(path: str | Path, days: float) -> None:
    moment = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(path, (moment, moment))


def test_there_need_be_no_files(db: None, folder: Path) -> None:
    assert prune().startswith("0 files")


def test_files_go_30_days_after_their_attachment_or_task(
    bob: User, task: Task, folder: Path
) -> None:
    made = {days: attach(bob, task) for days in (None, 0, 29, 31)}
    for days, attachment in made.items():
        age(attachment.file.path, 400)
        if days is not None:
            deleted_at = timezone.now() - timedelta(days=days)
            Attachment.objects.filter(pk=attachment.pk).update(deleted_at=deleted_at)
    assert prune().startswith("1 files")
    kept = {made[days] for days in (None, 0, 29)}
    assert set(Attachment.objects.all()) == kept
    assert {str(path) for path in folder.iterdir()} == {one.file.path for one in kept}
    Task.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    assert prune().startswith("3 files")
    assert not Attachment.objects.exists()


def test_files_of_nothing_go_unless_they_may_be_on_their_way(db: None, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, days in (("new", 0.5), ("old", 2)):
        (folder / name).write_bytes(b"?")
        age(folder / name, days)
    assert prune().startswith("1 files")
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_pictures_that_nobody_has_go_too(alice: User, folder: Path) -> None:
    services.set_picture(actor=Actor(alice), picture=b"hers")
    hers = Path(User.objects.get(pk=alice.pk).profile.picture.path)
    left_behind = hers.with_name("left-behind.webp")
    left_behind.write_bytes(b"?")
    for path in (hers, left_behind):
        age(path, 2)
    prune()
    assert (hers.exists(), left_behind.exists()) == (True, False)
