"""Avatars of people, and the pictures that they upload."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from board.avatars import LARGEST_PICTURE
from board.models import Profile, Project, private_files
from tests.board.test_avatars import picture, png_that_claims
from tests.board.test_events import last_event

AVATAR = "/api/users/alice/avatar/"
OWN = "/api/me/picture/"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: Any) -> Path:
    """A folder for uploads of this test alone."""
    storages = dict(settings.STORAGES)
    options = {**storages["files"]["OPTIONS"], "location": tmp_path}
    settings.STORAGES = {**storages, "files": {**storages["files"], "OPTIONS": options}}
    return tmp_path


def upload(api: APIClient, content: bytes | None = None, name: str = "me.png") -> Any:
    file = SimpleUploadedFile(name, picture().getvalue() if content is None else content)
    return api.put(OWN, {"file": file}, format="multipart")


def stored(files: Path) -> list[str]:
    return sorted(path.name for path in files.rglob("*") if path.is_file())


def test_initials_are_an_svg_that_can_do_nothing(api: APIClient) -> None:
    answer = api.get(AVATAR)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert b'width="64"' in answer.content
    assert b">AA</text>" in answer.content
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer["Cache-Control"] == "private, max-age=86400"


def test_size_and_format_are_the_asked_ones(api: APIClient) -> None:
    assert b'width="200"' in api.get(f"{AVATAR}?size=200&format=svg").content
    answer = api.get(f"{AVATAR}?size=48&format=png")
    assert answer["Content-Type"] == "image/png"
    assert Image.open(BytesIO(answer.content)).size == (48, 48)


@pytest.mark.parametrize("size", ["15", "257", "0", "-1", "32.5", "x", "", "²²", "9" * 5000])
def test_invalid_sizes_are_refused_in_words(api: APIClient, size: str) -> None:
    answer = api.get(AVATAR, {"size": size})
    assert answer.status_code == 400
    assert answer.json() == {"size": ["Give a size from 16 to 256 pixels."]}


@pytest.mark.parametrize("kind", ["", "gif", "json", "api"])
def test_other_formats_are_refused_in_words(api: APIClient, kind: str) -> None:
    answer = api.get(f"{AVATAR}?format={kind}")
    assert (answer.status_code, answer.json()) == (400, {"format": ["Give svg or png."]})


def test_browser_gets_pictures_as_they_are(api: APIClient) -> None:
    answer = api.get(AVATAR, headers={"Accept": "image/avif,image/webp,*/*;q=0.8"})
    assert answer["Content-Type"] == "image/svg+xml"


def test_unchanged_avatar_is_304_and_a_changed_one_is_not(api: APIClient, alice: User) -> None:
    known = {"If-None-Match": api.get(AVATAR)["ETag"]}
    answer = api.get(AVATAR, headers=known)
    assert (answer.status_code, answer.content) == (304, b"")
    assert api.get(f"{AVATAR}?size=32", headers=known).status_code == 200
    User.objects.filter(pk=alice.pk).update(first_name="Zoe")
    assert api.get(AVATAR, headers=known).status_code == 200


def test_only_people_of_ones_projects_have_an_avatar(
    api: APIClient, outsider: APIClient, viewer: APIClient
) -> None:
    assert viewer.get(AVATAR).status_code == 200
    hidden, unknown = (api.get(f"/api/users/{name}/avatar/") for name in ("charlie", "nobody"))
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.json() == unknown.json()
    assert outsider.get(AVATAR).status_code == 404
    assert APIClient().get(AVATAR).status_code == 401


def test_picture_takes_the_place_of_the_initials(api: APIClient, files: Path) -> None:
    before = api.get("/api/me/").json()
    assert before["picture"] is None
    answer = upload(api)
    assert answer.status_code == 200
    assert answer.json()["picture"]
    assert answer.json()["links"]["avatar"] != before["links"]["avatar"]
    shown = api.get(answer.json()["links"]["avatar"] + "&size=32")
    assert shown["Content-Type"] == "image/webp"
    assert Image.open(BytesIO(shown.content)).size == (32, 32)
    assert api.get(f"{AVATAR}?format=png")["Content-Type"] == "image/png"
    assert api.get(f"{AVATAR}?format=svg")["Content-Type"] == "image/svg+xml"


@pytest.mark.django_db(transaction=True)
def test_older_file_goes_when_a_picture_is_changed_or_removed(api: APIClient, files: Path) -> None:
    upload(api)
    [first] = stored(files)
    upload(api)
    [second] = stored(files)
    assert first != second
    assert api.delete(OWN).status_code == 204
    assert stored(files) == []
    assert api.get("/api/me/").json()["picture"] is None
    assert api.delete(OWN).status_code == 204


def test_others_are_told(api: APIClient, project: Project, membership_of: Any, alice: User) -> None:
    upload(api)
    event = last_event(f"project.{project.pk}")
    name = api.get("/api/me/").json()["picture"]
    assert (event["model"], event["id"]) == ("membership", membership_of(alice).pk)
    assert event["changed"] == {"picture": [None, name]}
    assert event["body"]["picture"] == name
    api.delete(OWN)
    assert last_event(f"project.{project.pk}")["changed"] == {"picture": [name, None]}


def test_person_without_a_project_may_have_a_picture(
    as_user: Callable[..., APIClient], charlie: User
) -> None:
    assert upload(as_user(charlie)).status_code == 200


@pytest.mark.parametrize(
    "content", [b"", b"<svg/>", b"text", png_that_claims(20_000, 20_000).getvalue()]
)
def test_what_is_no_picture_is_refused_and_not_kept(
    api: APIClient, files: Path, content: bytes
) -> None:
    answer = upload(api, content)
    assert (answer.status_code, list(answer.json())) == (400, ["file"])
    assert stored(files) == []


def test_bytes_count_and_not_the_name(api: APIClient) -> None:
    assert upload(api, picture("GIF").getvalue(), "me.exe").status_code == 200
    assert upload(api, b"MZ", "me.png").status_code == 400


def test_more_than_5_mb_are_refused(api: APIClient) -> None:
    answer = upload(api, bytes(LARGEST_PICTURE + 1))
    assert answer.json() == {"file": ["A picture may have at most 5 MB."]}


def test_file_must_be_given(api: APIClient) -> None:
    for answer in (
        api.put(OWN, {}, format="multipart"),
        api.put(OWN, {"file": "text"}, "multipart"),
    ):
        assert (answer.status_code, list(answer.json())) == (400, ["file"])
    assert api.put(OWN, {"file": "x"}, format="json").status_code == 415


def test_lost_file_leaves_the_initials(api: APIClient, alice: User) -> None:
    upload(api)
    private_files().delete(str(Profile.objects.get(user=alice).picture))
    assert api.get(AVATAR)["Content-Type"] == "image/svg+xml"


def test_pictures_take_no_query_for_each_person(
    api: APIClient, project: Project, sprint: Any, django_assert_max_num_queries: Any
) -> None:
    for path, most in (
        ("/api/users/", 4),
        (f"/api/memberships/?project={project.pk}", 5),
        (f"/api/sprints/{sprint.pk}/board/", 10),
    ):
        with django_assert_max_num_queries(most):
            assert api.get(path).status_code == 200
