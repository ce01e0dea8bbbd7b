"""The attachments of the HTTP contract, and the files behind them."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.files import LARGEST_FILE, TOO_LARGE
from board.middleware import MOST_UPLOAD_BYTES
from board.models import Attachment, Event, Project, Role, Task
from tests.board.test_files import PNG
from tests.conftest import make_user
from tests.contract.test_comments import last_events

AsUser = Callable[[User | None], APIClient]
PATH = "/api/attachments/"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture(autouse=True)
def folder() -> Path:
    """Where the bytes are; empty at first."""
    folder = Path(settings.FILES_DIR) / "attachments"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def stored(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.exists() else []


def upload(name: str = "plan.png", content: bytes = PNG, claimed: str = "") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=claimed or "application/octet-stream")


def send(
    client: APIClient, task: Task, file: SimpleUploadedFile | None = None, mutation: str = ""
) -> Any:
    given = {"task": task.pk, "file": file or upload()}
    headers = {"X-Client-Mutation": mutation} if mutation else {}
    return client.post(PATH, given, format="multipart", headers=headers)


def attach(person: User, task: Task, file: SimpleUploadedFile | None = None) -> Attachment:
    with services.stored_file(file or upload()) as stored:
        return services.create_attachment(actor=Actor(person), task=task, stored=stored)


@pytest.fixture
def attachment(bob: User, task: Task) -> Attachment:
    return attach(bob, task)


def path_of(attachment: Attachment) -> str:
    return f"{PATH}{attachment.pk}/"


def file_of(attachment: Attachment) -> str:
    return f"{path_of(attachment)}file/"


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


# The object


def test_attachment_shows_all_its_fields(api: APIClient, attachment: Attachment) -> None:
    answer = api.get(path_of(attachment))
    assert answer["ETag"] == '"1"'
    assert answer.json() == {
        "id": attachment.pk,
        "task": attachment.task_id,
        "name": "plan.png",
        "size": len(PNG),
        "content_type": "image/png",
        "uploaded_by": "bob",
        "version": 1,
        "created_at": attachment.created_at.isoformat(),
        "links": {
            "self": f"http://testserver/api/attachments/{attachment.pk}/",
            "task": f"http://testserver/api/tasks/{attachment.task_id}/",
            "file": f"http://testserver/api/attachments/{attachment.pk}/file/",
        },
    }


def test_member_attaches_a_file_and_the_card_counts(
    as_user: AsUser, bob: User, task: Task, folder: Path
) -> None:
    answer = send(as_user(bob), task)
    assert (answer.status_code, answer["ETag"]) == (201, '"1"')
    assert answer["X-Change"] == Event.objects.latest("pk").change
    assert [path.read_bytes() for path in stored(folder)] == [PNG]
    added, counted = last_events(2)
    assert (added["model"], added["action"]) == ("attachment", "add")
    assert added["body"]["links"]["file"] == file_of(Attachment.objects.get())
    assert counted["changed"] == {"attachment_count": [0, 1]}


def test_files_have_no_address_that_tells_where_they_are(
    api: APIClient, attachment: Attachment
) -> None:
    assert attachment.file.name not in api.get(PATH).content.decode()
    for base in ("/static/", "/media/", "/files/", "/"):
        assert b"IHDR" not in api.get(f"{base}{attachment.file.name}").getvalue()


def test_list_takes_the_same_queries_however_long(
    api: APIClient, task: Task, bob: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        attach(bob, task, upload(f"{number}.png"))
    with django_assert_max_num_queries(6):
        names = [one["name"] for one in api.get(f"{PATH}?task={task.pk}").json()["results"]]
    assert names == ["0.png", "1.png", "2.png", "3.png", "4.png"]


def test_uploader_and_owner_delete_and_others_do_not(
    as_user: AsUser, alice: User, bob: User, project: Project, task: Task, folder: Path
) -> None:
    carol = make_user("carol", "Carol Carter")
    services.add_member(actor=Actor(alice), project=project, user=carol, role=Role.MEMBER)
    for deleter, status in ((carol, 403), (bob, 204), (alice, 204)):
        assert as_user(deleter).delete(path_of(attach(bob, task))).status_code == status
    task.refresh_from_db()
    assert task.attachment_count == 1
    assert len(stored(folder)) == 3


def test_deleted_attachment_is_gone_but_kept(
    api: APIClient, attachment: Attachment, folder: Path
) -> None:
    assert api.delete(path_of(attachment)).status_code == 204
    for path in (path_of(attachment), file_of(attachment)):
        assert api.get(path).status_code == 404
    assert api.delete(path_of(attachment)).status_code == 404
    assert len(stored(folder)) == 1
    removed, _ = last_events(2)
    assert (removed["model"], removed["action"], removed["version"]) == ("attachment", "remove", 2)


def test_files_of_a_deleted_task_are_gone(api: APIClient, attachment: Attachment) -> None:
    api.delete(f"/api/tasks/{attachment.task_id}/")
    assert api.get(path_of(attachment)).status_code == 404
    assert api.get(file_of(attachment)).status_code == 404


# What is refused


def test_viewer_only_reads(
    viewer: APIClient, task: Task, attachment: Attachment, folder: Path
) -> None:
    assert viewer.get(PATH).json()["count"] == 1
    assert body_of(viewer.get(file_of(attachment))) == PNG
    assert send(viewer, task).status_code == 403
    assert viewer.delete(path_of(attachment)).status_code == 403
    assert len(stored(folder)) == 1


def test_outsider_and_anonymous_reach_nothing(
    outsider: APIClient, task: Task, attachment: Attachment, folder: Path
) -> None:
    assert outsider.get(PATH).json()["count"] == 0
    for client, status in ((outsider, 404), (APIClient(), 401)):
        for path in (path_of(attachment), file_of(attachment), f"{file_of(attachment)}?inline=1"):
            assert client.get(path).status_code == status
        assert client.delete(path_of(attachment)).status_code == status
    assert send(outsider, task).json().keys() == {"task"}
    assert send(APIClient(), task).status_code == 401
    assert len(stored(folder)) == 1


def test_archived_project_keeps_its_files(
    api: APIClient, alice: User, project: Project, attachment: Attachment
) -> None:
    services.archive_project(actor=Actor(alice), project=project)
    assert body_of(api.get(file_of(attachment))) == PNG
    assert send(api, attachment.task).status_code == 403
    assert api.delete(path_of(attachment)).status_code == 403


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "No file was submitted."),
        ({"file": "text"}, "The submitted data was not a file."),
        ({"file": upload(content=b"")}, "The submitted file is empty."),
        ({"file": upload(content=b"x" * (LARGEST_FILE + 1))}, "at most 10 MB"),
    ],
    ids=["missing", "no file", "empty", "too big"],
)
def test_what_is_no_file_is_refused(
    api: APIClient, task: Task, folder: Path, given: dict[str, Any], message: str
) -> None:
    answer = api.post(PATH, {"task": task.pk, **given}, format="multipart")
    assert (answer.status_code, list(answer.json())) == (400, ["file"])
    assert message in answer.json()["file"][0]
    assert stored(folder) == []


def test_huge_upload_is_refused_unread(api: APIClient, task: Task) -> None:
    for path in (PATH, PATH.rstrip("/")):
        answer = api.post(path, {}, headers={"Content-Length": str(MOST_UPLOAD_BYTES + 1)})
        assert answer.status_code == 413
        assert answer.json() == {"detail": TOO_LARGE}


def test_largest_file_passes(api: APIClient, task: Task) -> None:
    answer = send(api, task, upload("big.bin", b"x" * LARGEST_FILE))
    assert (answer.status_code, answer.json()["size"]) == (201, LARGEST_FILE)


def test_a_task_has_at_most_fifty_files_and_no_bytes_stay_behind(
    api: APIClient, task: Task, folder: Path
) -> None:
    Task.objects.filter(pk=task.pk).update(attachment_count=50)
    answer = send(api, task)
    assert answer.json() == {"file": ["A task has at most 50 files: remove one first."]}
    assert stored(folder) == []


def test_bytes_go_when_what_they_belong_to_is_rolled_back(
    bob: User, task: Task, folder: Path
) -> None:
    with services.stored_file(upload()) as kept, transaction.atomic():
        services.create_attachment(actor=Actor(bob), task=task, stored=kept)
        assert len(stored(folder)) == 1
        transaction.set_rollback(True)
    assert stored(folder) == []


def test_repeated_upload_is_stored_once(api: APIClient, task: Task, folder: Path) -> None:
    mutation = str(uuid4())
    answers = [send(api, task, mutation=mutation) for _ in range(2)]
    assert answers[0].status_code == answers[1].status_code == 201
    assert answers[0].json() == answers[1].json()
    assert len(stored(folder)) == 1
    other = send(api, task, upload(content=PNG + b"2"), mutation=mutation)
    assert other.status_code == 422
    assert len(stored(folder)) == 1


def test_precondition_that_does_not_hold_changes_nothing(
    api: APIClient, attachment: Attachment
) -> None:
    answer = api.delete(path_of(attachment), headers={"If-Match": '"7"'})
    assert answer.status_code == 412
    assert answer.json()["attachment"]["version"] == 1


# The bytes


def test_bytes_are_sent_to_be_saved(api: APIClient, attachment: Attachment) -> None:
    answer = api.get(file_of(attachment))
    assert body_of(answer) == PNG
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Length"] == str(len(PNG))
    assert answer["Content-Disposition"] == 'attachment; filename="plan.png"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"


def test_bytes_are_not_sent_again(api: APIClient, attachment: Attachment) -> None:
    etag = api.get(file_of(attachment))["ETag"]
    answer = api.get(file_of(attachment), headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["ETag"] == etag


@pytest.mark.parametrize("accept", ["image/webp,image/*;q=0.8", "text/html", "application/json"])
def test_bytes_come_whatever_is_accepted(
    api: APIClient, attachment: Attachment, accept: str
) -> None:
    assert body_of(api.get(file_of(attachment), headers={"Accept": accept})) == PNG
    assert api.get(f"{PATH}0/file/", headers={"Accept": accept}).status_code == 404


def test_pictures_are_shown_in_place_and_nothing_else_is(
    api: APIClient, bob: User, task: Task
) -> None:
    for content, is_shown in ((PNG, True), (SVG, False), (b"%PDF-1.7\n", False)):
        answer = api.get(f"{file_of(attach(bob, task, upload('a', content)))}?inline=1")
        assert answer["Content-Disposition"].startswith("inline" if is_shown else "attachment")
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("name", "claimed", "content"),
    [
        ("photo.png", "image/png", SVG),
        ("photo.png", "image/png", b"<!doctype html><script>alert(1)</script>"),
        ("page.html", "text/html", b"<html><script>alert(1)</script>"),
        ("logo.svg", "image/svg+xml", SVG),
    ],
)
def test_file_that_lies_about_its_type_is_only_bytes(
    api: APIClient, task: Task, name: str, claimed: str, content: bytes
) -> None:
    answer = send(api, task, upload(name, content, claimed))
    assert answer.json()["content_type"] == "application/octet-stream"
    sent = api.get(f"{answer.json()['links']['file']}?inline=1")
    assert sent["Content-Type"] == "application/octet-stream"
    assert sent["Content-Disposition"].startswith("attachment")


def test_names_of_all_alphabets_are_kept_and_sent_encoded(
    api: APIClient, alice: User, task: Task
) -> None:
    made = send(api, task, upload("תוכנית 🚀.pdf")).json()
    assert made["name"] == "תוכנית 🚀.pdf"
    sent = api.get(made["links"]["file"])["Content-Disposition"]
    assert sent.startswith("attachment; filename*=utf-8''%D7%AA")
    quoted = attach(alice, task, upload('a"b; x=".txt'))
    assert api.get(file_of(quoted))["Content-Disposition"] == (
        'attachment; filename="a\\"b; x=\\".txt"'
    )


def test_lost_bytes_are_said_to_be_lost(
    api: APIClient, attachment: Attachment, folder: Path
) -> None:
    shutil.rmtree(folder)
    answer = api.get(file_of(attachment))
    assert answer.status_code == 404
    assert "backup" in answer.json()["detail"]
