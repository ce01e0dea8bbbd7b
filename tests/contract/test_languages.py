"""The same refusals in each reader's language: English unless German is wanted or was chosen."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from rest_framework.test import APIClient

from board.middleware import MOST_BODY_BYTES
from board.models import Sprint, Task
from tests.contract.undoing import patch, undo

GERMAN = {"Accept-Language": "de-DE,de;q=0.9"}
TASKS = "/api/tasks/"

REFUSALS = [
    (
        {"status": 2, "sprint": None},
        {"non_field_errors": ['Backlog tasks must have "Not Started" status.']},
        {"non_field_errors": ["Aufgaben im Backlog müssen den Status „Nicht begonnen“ haben."]},
    ),
    (
        {"assigned": "nobody"},
        {"assigned": ["nobody is not a member of this project."]},
        {"assigned": ["nobody ist kein Mitglied dieses Projekts."]},
    ),
    (
        {"labels": ["red"]},
        {"labels": ["Give a list of ids, such as [1, 2]."]},
        {"labels": ["Bitte eine Liste von Ids angeben, etwa [1, 2]."]},
    ),
]


@pytest.mark.parametrize(("given", "english", "german"), REFUSALS)
def test_refusal_is_in_the_language_of_the_reader(
    api: APIClient, task: Task, given: dict[str, Any], english: Any, german: Any
) -> None:
    path = f"{TASKS}{task.pk}/"
    for headers, expected in (({}, english), (GERMAN, german), ({}, english)):
        answer = api.patch(path, given, headers=headers)
        assert (answer.status_code, answer.json()) == (400, expected)
        assert "Accept-Language" in answer["Vary"]


def test_language_that_was_chosen_goes_before_that_of_the_browser(
    viewer: APIClient, task: Task
) -> None:
    viewer.cookies["sprintwall-language"] = "de"
    answer = viewer.delete(f"{TASKS}{task.pk}/", headers={"Accept-Language": "en"})
    german = "Als Betrachter lässt sich dieses Projekt ansehen, aber nicht ändern."
    assert answer.json() == {"detail": german}


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        ({"status": 4}, "Seitdem von Bob Baker nach „Erledigt“ verschoben."),
        (
            {"points": 2, "due": "2999-01-01"},
            "Seitdem von Bob Baker geändert: Punkte und Fälligkeit.",
        ),
    ],
)
def test_undo_says_in_german_what_has_come_after(
    api: APIClient, member: APIClient, task: Task, theirs: dict[str, Any], words: str
) -> None:
    mine = patch(api, task, status=2, points=1)
    patch(member, task, **theirs)
    assert undo(api, mine, **GERMAN).json()["detail"] == words


def test_what_is_stored_and_told_of_a_task_is_in_no_language(
    api: APIClient, sprint: Sprint
) -> None:
    headers = {**GERMAN, "X-Client-Mutation": str(uuid4())}
    made = api.post(TASKS, {"name": "Eine", "sprint": sprint.pk, "status": 2}, headers=headers)
    assert made.json()["status_display"] == "In Progress"
    again = {**headers, "Accept-Language": "en"}
    repeated = api.post(TASKS, {"name": "Eine", "sprint": sprint.pk, "status": 2}, headers=again)
    assert repeated.json() == made.json()


def test_body_that_is_too_large_is_refused_in_the_language_of_this_request(
    client: Client,
) -> None:
    def refused(**headers: str) -> str:
        body = b" " * (MOST_BODY_BYTES + 1)
        answer = client.post(TASKS, body, content_type="application/json", headers=headers)
        assert answer.status_code == 413
        return str(answer.json()["detail"])

    assert refused(**GERMAN) == f"Eine Anfrage darf {MOST_BODY_BYTES} Bytes enthalten."
    assert refused() == f"A request's body may have {MOST_BODY_BYTES} bytes."


def test_languages_of_requests_at_the_same_time_do_not_mix(client: Client) -> None:
    path, together = "/api/nowhere/", Barrier(2, timeout=30)
    words = {"de": "Nicht gefunden.", "en": "Not found."}

    def asks(language: str) -> set[str]:
        own = Client(headers={"Accept-Language": language})
        said = set()
        for _ in range(20):
            together.wait()
            said.add(own.get(path).json()["detail"])
        return said

    with ThreadPoolExecutor(max_workers=2) as pool:
        assert list(pool.map(asks, words)) == [{text} for text in words.values()]


def test_invitation_is_mailed_in_the_language_of_who_invites(
    api: APIClient,
    project: Any,
    mailoutbox: list[Any],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    given = {"project": project.pk, "role": "viewer", "email": "dora@example.com"}
    with django_capture_on_commit_callbacks(execute=True):
        api.post("/api/invitations/", given, headers=GERMAN)
    [mail] = mailoutbox
    assert mail.subject == f"Einladung zu {project.name} auf Sprintwall"
    assert "in der Rolle „Betrachter“." in mail.body
    assert "Er gilt einmal, bis " in mail.body
