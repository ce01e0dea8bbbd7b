"""Coming by the link of an invitation: looking, accepting, and links that must not count."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.signing import Signer
from django.utils import timezone
from rest_framework.test import APIClient

from board.models import Invitation, Membership, Project, new_secret
from tests.contract.invitations import look

AsUser = Callable[[User | None], APIClient]
MembershipOf = Callable[[User], Membership]


# Looking


def test_look_needs_no_login_and_shows_what_one_is_invited_to(
    invite: Callable[..., str], project: Project
) -> None:
    answer = look(invite("viewer", email="nina@example.com"))
    assert answer.status_code == 200
    expires_at = answer.json().pop("expires_at")
    assert answer.json() | {"expires_at": ""} == {
        "project": {"key": "WEB", "name": "Website"},
        "role": "viewer",
        "email": "nina@example.com",
        "invited_by": "Alice Archer",
        "expires_at": "",
    }
    assert expires_at > timezone.now().isoformat()


# Accepting


def test_who_accepts_is_in_with_that_role(
    invite: Callable[..., str],
    accept: Callable[..., Any],
    api: APIClient,
    charlie: User,
    project: Project,
) -> None:
    answer = accept(charlie, invite("viewer"))
    assert answer.status_code == 200
    body = answer.json()
    assert (body["user"], body["role"], body["project"]) == ("charlie", "viewer", project.pk)
    (listed,) = api.get("/api/invitations/").json()["results"]
    assert (listed["status"], listed["accepted_by"]) == ("accepted", "charlie")
    assert listed["accepted_at"] is not None


def test_address_does_not_matter(
    invite: Callable[..., str], accept: Callable[..., Any], charlie: User
) -> None:
    assert accept(charlie, invite(email="somebody@example.com")).status_code == 200


def test_anonymous_cannot_accept(invite: Callable[..., str]) -> None:
    answer = APIClient().post("/api/invitations/accept/", {"token": invite()})
    assert answer.status_code == 401
    assert Invitation.objects.get().status == "open"


def test_repeated_accept_gets_the_first_answer(
    invite: Callable[..., str], as_user: AsUser, charlie: User
) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    given = {"token": invite()}
    answers = [
        as_user(charlie).post("/api/invitations/accept/", given, headers=headers) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


def test_who_is_in_already_keeps_the_higher_role(
    invite: Callable[..., str],
    accept: Callable[..., Any],
    alice: User,
    bob: User,
    vera: User,
    project: Project,
) -> None:
    lower = invite("viewer")
    for user, role in ((alice, "owner"), (bob, "member"), (vera, "viewer")):
        assert accept(user, lower).json()["role"] == role
    assert Invitation.objects.get().status == "open"
    assert accept(vera, invite("member")).json()["role"] == "member"
    assert Invitation.objects.latest("id").status == "accepted"


# Links that must not count


def used(api: APIClient, accept: Callable[..., Any], user: User, token: str) -> None:
    accept(user, token)


def revoked(api: APIClient, accept: Callable[..., Any], user: User, token: str) -> None:
    assert api.delete(f"/api/invitations/{Invitation.objects.get().pk}/").status_code == 204


def expired(api: APIClient, accept: Callable[..., Any], user: User, token: str) -> None:
    Invitation.objects.update(expires_at=timezone.now())


def project_archived(api: APIClient, accept: Callable[..., Any], user: User, token: str) -> None:
    path = f"/api/projects/{Invitation.objects.get().project_id}"
    assert api.post(f"{path}/archive/").status_code == 200
    assert api.post(f"{path}/restore/").status_code == 200


def project_deleted(api: APIClient, accept: Callable[..., Any], user: User, token: str) -> None:
    path = f"/api/projects/{Invitation.objects.get().project_id}/?confirm=WEB"
    assert api.delete(path).status_code == 204


@pytest.mark.parametrize("end", [used, revoked, expired, project_archived, project_deleted])
def test_link_that_counts_no_more_is_410_with_words(
    api: APIClient,
    invite: Callable[..., str],
    accept: Callable[..., Any],
    bob: User,
    vera: User,
    charlie: User,
    foreign_project: Project,
    end: Callable[..., None],
) -> None:
    token = invite("owner")
    end(api, accept, vera, token)
    for answer in (look(token), accept(charlie, token), accept(bob, token), accept(vera, token)):
        assert answer.status_code == 410
        assert len(answer.json()["detail"]) > 20
    assert {m.project_id for m in charlie.memberships.all()} == {foreign_project.pk}
    assert not Membership.objects.filter(user=bob, role="owner").exists()


def altered_signature(token: str) -> str:
    return token[:-1] + ("A" if token[-1] != "A" else "B")


def altered_secret(token: str) -> str:
    return ("A" if token[0] != "A" else "B") + token[1:]


def without_signature(token: str) -> str:
    return token.partition(":")[0]


def signed_for_sharing(token: str) -> str:
    return Signer(salt="board.links.shared").sign(without_signature(token))


def signed_without_a_purpose(token: str) -> str:
    return Signer().sign(without_signature(token))


@pytest.mark.parametrize(
    "alter",
    [
        altered_signature,
        altered_secret,
        without_signature,
        signed_for_sharing,
        signed_without_a_purpose,
        lambda token: token * 2,
        lambda token: "0",
        lambda token: "ü:ü",
        lambda token: ":",
    ],
)
def test_altered_link_is_404_with_words(
    invite: Callable[..., str],
    accept: Callable[..., Any],
    charlie: User,
    alter: Callable[[str], str],
) -> None:
    token = alter(invite())
    for answer in (look(token), accept(charlie, token)):
        assert answer.status_code == 404
        assert "copy" in answer.json()["detail"].lower()
    assert Invitation.objects.get().status == "open"


@pytest.mark.parametrize("token", ["", None, 12.5, ["x"], {"a": 1}, "x" * 201, "a\x00b"])
def test_malformed_token_is_400(db: None, charlie: User, as_user: AsUser, token: Any) -> None:
    for client, path in ((APIClient(), "look"), (as_user(charlie), "accept")):
        answer = client.post(f"/api/invitations/{path}/", {"token": token}, format="json")
        expected = 404 if token == 12.5 else 400
        assert answer.status_code == expected, answer.content


def test_genuine_token_of_no_row_tells_that_the_project_is_gone(
    charlie: User, accept: Callable[..., Any]
) -> None:
    forged_by_us = Signer(salt="board.links.join").sign(new_secret())
    assert accept(charlie, forged_by_us).status_code == 410
