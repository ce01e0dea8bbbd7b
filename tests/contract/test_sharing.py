"""Public links of sprints: what guests are shown, and every link that must not count."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import orjson
import pytest
from django.contrib.auth.models import User
from django.core.signing import Signer
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import Mutation, Project, SharedLink, Sprint, Task, new_secret
from board.tickets import key_ring
from realtime.tickets import Ticket, read_ticket
from tests.contract.test_attachments import attach, upload

AsUser = Callable[[User | None], APIClient]

BOARD, TICKET = "/api/shared/board/", "/api/shared/ticket/"


@pytest.fixture
def path(sprint: Sprint) -> str:
    return f"/api/sprints/{sprint.pk}/share/"


@pytest.fixture
def token(api: APIClient, path: str) -> str:
    return token_of(api.post(path))


def token_of(answer: Any) -> str:
    return str(urlsplit(answer.json()["link"]).fragment)


def guest(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Share {token}")
    return client


def ticket_of(answer: Any, sprint: Sprint) -> Ticket:
    url = urlsplit(answer.json()["channel"])
    assert url.path == f"/socket/sprint.{sprint.pk}"
    return read_ticket(key_ring(), parse_qs(url.query)["channel"][0], channel=f"sprint.{sprint.pk}")


# The link


def test_sprint_is_not_shared_until_an_owner_makes_a_link(api: APIClient, path: str) -> None:
    nothing = {"link": None, "created_by": None, "created_at": None}
    assert api.get(path).json() == nothing
    made = api.post(path)
    assert made.status_code == 201
    assert made.json()["link"].startswith("http://testserver/shared#")
    assert made.json()["created_by"] == "alice"
    assert api.get(path).json() == made.json()
    assert api.delete(path).status_code == 204
    assert api.get(path).json() == nothing
    assert api.delete(path).status_code == 204


def test_new_link_ends_the_one_before(api: APIClient, path: str, token: str) -> None:
    newer = token_of(api.post(path))
    assert newer != token
    assert guest(token).get(BOARD).status_code == 410
    assert guest(newer).get(BOARD).status_code == 200


def test_repeated_request_makes_one_link_and_keeps_none(api: APIClient, path: str) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    answers = [api.post(path, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert SharedLink.objects.get().secret not in repr([*Mutation.objects.values_list()])


def test_only_owners_see_make_and_end_links(
    as_user: AsUser, bob: User, vera: User, outsider: APIClient, path: str, token: str
) -> None:
    for client, status in (
        (as_user(bob), 403),
        (as_user(vera), 403),
        (outsider, 404),
        (APIClient(), 401),
    ):
        for method in (client.get, client.post, client.delete):
            assert method(path).status_code == status
    assert guest(token).get(BOARD).status_code == 200


@pytest.mark.parametrize("pk", ["0", "-1", "abc", "99999999999999999999999", "1.5", "%00"])
def test_impossible_ids_are_404(api: APIClient, pk: str) -> None:
    assert api.get(f"/api/sprints/{pk}/share/").status_code == 404


def test_no_sprint_or_list_tells_members_the_link(
    api: APIClient, as_user: AsUser, bob: User, sprint: Sprint, token: str
) -> None:
    secret = token.partition(":")[0]
    for path in (f"/api/sprints/{sprint.pk}/", f"/api/sprints/{sprint.pk}/board/", "/api/sprints/"):
        assert secret not in as_user(bob).get(path).content.decode()


# The board


def test_guests_see_the_board_as_members_do_without_links(
    api: APIClient, sprint: Sprint, new_task: Callable[..., Task], token: str
) -> None:
    new_task("Shown", sprint=sprint, status=2, assigned="bob", description="*Long*")
    seen = guest(token).get(BOARD).json()
    full = api.get(f"/api/sprints/{sprint.pk}/board/").json()
    assert seen.keys() == full.keys()
    assert seen["tasks"] == [{**card, "links": {}} for card in full["tasks"]]
    assert seen["sprint"] == {**full["sprint"], "links": {}}
    assert seen["project"] == {**full["project"], "links": {}}
    assert seen["channels"] == {f"sprint.{sprint.pk}": full["channels"][f"sprint.{sprint.pk}"]}
    assert (seen["today"], seen["role"]) == (full["today"], "viewer")


def test_guests_see_how_much_is_in_a_card_and_reach_none_of_it(
    sprint: Sprint, task: Task, alice: User, token: str
) -> None:
    actor, client = Actor(alice), guest(token)
    comment = services.create_comment(actor=actor, task=task, text="Private words")
    item = services.create_checklist_item(actor=actor, task=task, given={"text": "Private step"})
    file = attach(alice, task, upload("private.png"))
    answer = client.get(BOARD)
    (card,) = answer.json()["tasks"]
    assert (card["comment_count"], card["checklist_count"], card["attachment_count"]) == (1, 1, 1)
    assert "rivate" not in answer.content.decode()
    for path in (f"comments/{comment.pk}", f"checklist-items/{item.pk}", f"attachments/{file.pk}"):
        assert client.get(f"/api/{path}/").status_code == 401
    assert client.get(f"/api/attachments/{file.pk}/file/").status_code == 401


def test_guests_see_neither_backlog_nor_people_without_cards(
    sprint: Sprint, new_task: Callable[..., Task], membership_of: Any, bob: User, token: str
) -> None:
    new_task("Shown", sprint=sprint, assigned="bob")
    new_task("Shown, too", sprint=sprint, assigned="bob")
    new_task("Hidden idea", assigned="vera")
    services.delete_task(
        actor=Actor(bob), task=new_task("Hidden by deletion", sprint=sprint, assigned="alice")
    )
    answer = guest(token).get(BOARD)
    member = membership_of(bob)
    assert answer.json()["backlog"] == []
    assert answer.json()["members"] == [
        {"id": member.pk, "project": member.project_id, "user": "bob", "full_name": "Bob Baker"}
    ]
    text = answer.content.decode()
    for hidden in ("Hidden", "vera", "Vera", "alice", "Alice", "@example.com", "/api/"):
        assert hidden not in text


def test_board_is_not_sent_again_while_nothing_changed(
    sprint: Sprint, task: Task, bob: User, token: str
) -> None:
    client = guest(token)
    first = client.get(BOARD)
    assert first["Cache-Control"] == "private, no-cache"
    again = client.get(BOARD, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    services.update_sprint(actor=Actor(bob), sprint=sprint, given={"name": "Other"})
    changed = client.get(BOARD, headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed.json()["sprint"]["name"]) == (200, "Other")


def test_link_opens_nothing_else(sprint: Sprint, task: Task, project: Project, token: str) -> None:
    client = guest(token)
    for path in (
        f"/api/sprints/{sprint.pk}/",
        f"/api/sprints/{sprint.pk}/board/",
        f"/api/tasks/{task.pk}/",
        f"/api/projects/{project.pk}/",
        "/api/tasks/",
        "/api/users/",
        "/api/me/",
    ):
        assert client.get(path).status_code == 401
    assert client.post("/api/tasks/", {"name": "n", "sprint": sprint.pk}).status_code == 401
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(BOARD).status_code == 405


def test_archived_project_is_still_shown(
    api: APIClient, project: Project, token: str, alice: User
) -> None:
    services.archive_project(actor=Actor(alice), project=project)
    assert guest(token).get(BOARD).json()["project"]["archived_at"] is not None


# The ticket


def test_guests_ticket_names_nobody_and_the_sprints_channel_alone(
    sprint: Sprint, token: str
) -> None:
    ticket = ticket_of(guest(token).post(TICKET), sprint)
    assert ticket.channels == (f"sprint.{sprint.pk}",)
    assert (ticket.username, ticket.full_name) == (SharedLink.objects.get().guest, "Guest")
    assert ticket.is_guest
    assert not ticket.may_speak


def test_no_person_can_have_the_name_of_a_guest(token: str) -> None:
    name = SharedLink.objects.get().guest
    with pytest.raises(Exception, match="valid username"):
        User(username=name, password="x").full_clean()


def test_ticket_of_whoever_is_signed_in_is_a_guests_here(
    as_user: AsUser, alice: User, sprint: Sprint, token: str
) -> None:
    client = as_user(alice)
    answer = client.post(TICKET, headers={"Authorization": f"Share {token}"})
    assert ticket_of(answer, sprint).is_guest


# Links that must not count


def ended(api: APIClient, path: str, sprint: Sprint) -> None:
    api.delete(path)


def replaced(api: APIClient, path: str, sprint: Sprint) -> None:
    api.post(path)


def sprint_deleted(api: APIClient, path: str, sprint: Sprint) -> None:
    assert api.delete(f"/api/sprints/{sprint.pk}/?tasks=backlog").status_code == 204


def project_deleted(api: APIClient, path: str, sprint: Sprint) -> None:
    assert api.delete(f"/api/projects/{sprint.project_id}/?confirm=WEB").status_code == 204


@pytest.mark.parametrize("end", [ended, replaced, sprint_deleted, project_deleted])
def test_link_that_has_ended_is_410_with_words(
    api: APIClient, path: str, sprint: Sprint, token: str, end: Callable[..., None]
) -> None:
    end(api, path, sprint)
    for answer in (guest(token).get(BOARD), guest(token).post(TICKET)):
        assert answer.status_code == 410
        assert "not shared any more" in answer.json()["detail"]


@pytest.mark.parametrize(
    "alter",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: ("A" if token[0] != "A" else "B") + token[1:],
        lambda token: token.partition(":")[0],
        lambda token: Signer(salt="board.links.join").sign(token.partition(":")[0]),
        lambda token: Signer().sign(token.partition(":")[0]),
        lambda token: "guessed",
        lambda token: "",
        lambda token: "\u00fc",
    ],
)
def test_altered_link_is_404_with_words(token: str, alter: Callable[[str], str]) -> None:
    for answer in (guest(alter(token)).get(BOARD), guest(alter(token)).post(TICKET)):
        assert answer.status_code == 404
        assert "not complete" in answer.json()["detail"]


def test_genuine_token_of_no_link_is_410(db: None) -> None:
    token = Signer(salt="board.links.shared").sign(new_secret())
    assert guest(token).get(BOARD).status_code == 410


@pytest.mark.parametrize("header", [None, "Token x", "Bearer x", "Sharex", ""])
def test_without_a_token_it_is_401(db: None, token: str, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for answer in (
        APIClient().get(BOARD, headers=headers),
        APIClient().post(TICKET, headers=headers),
    ):
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Share")


def test_ticket_cannot_be_rewritten_for_another_channel(
    sprint: Sprint, foreign_sprint: Sprint, token: str
) -> None:
    url = urlsplit(guest(token).post(TICKET).json()["channel"])
    kid, mac, payload = parse_qs(url.query)["channel"][0].split(".")
    fields = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    fields["channels"] = [f"sprint.{foreign_sprint.pk}"]
    forged = base64.urlsafe_b64encode(orjson.dumps(fields)).rstrip(b"=").decode()
    with pytest.raises(Exception, match="not valid"):
        read_ticket(key_ring(), f"{kid}.{mac}.{forged}", channel=f"sprint.{foreign_sprint.pk}")
