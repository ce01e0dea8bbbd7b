"""Invitations: who makes them, who comes in by them, and every link that must not count."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.signing import Signer
from django.utils import timezone
from rest_framework.test import APIClient

from board.models import Invitation, Membership, Mutation, Project, new_secret
from board.services.invitations import MOST_OPEN

AsUser = Callable[[User | None], APIClient]
MembershipOf = Callable[[User], Membership]


def token_of(answer: Any) -> str:
    """What stands behind the # of the link in an answer."""
    return str(urlsplit(answer.json()["link"]).fragment)


@pytest.fixture
def invite(api: APIClient, project: Project) -> Callable[..., str]:
    """Have Alice invite somebody; return the token of the link."""

    def make(role: str = "member", **given: Any) -> str:
        return token_of(
            api.post("/api/invitations/", {"project": project.pk, "role": role} | given)
        )

    return make


@pytest.fixture
def accept(as_user: AsUser) -> Callable[[User, str], Any]:
    return lambda user, token: as_user(user).post("/api/invitations/accept/", {"token": token})


def look(token: str) -> Any:
    return APIClient().post("/api/invitations/look/", {"token": token})


def role_of(user: User, project: Project) -> str | None:
    found = Membership.objects.filter(project=project, user=user)
    return found.values_list("role", flat=True).first()


# Making them


def test_owner_invites_by_a_link_that_is_told_once(api: APIClient, project: Project) -> None:
    answer = api.post("/api/invitations/", {"project": project.pk, "role": "viewer"})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["role"], body["status"], body["email"]) == ("viewer", "open", "")
    assert (body["created_by"], body["accepted_by"]) == ("alice", None)
    assert body["link"].startswith("http://testserver/join#")
    (listed,) = api.get(f"/api/invitations/?project={project.pk}").json()["results"]
    assert listed == {name: value for name, value in body.items() if name != "link"}
    assert api.get(f"/api/invitations/{body['id']}/").json() == listed


def test_secret_is_in_no_column_and_in_no_kept_answer(api: APIClient, project: Project) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    given = {"project": project.pk, "role": "member"}
    first = api.post("/api/invitations/", given, headers=headers)
    again = api.post("/api/invitations/", given, headers=headers)
    assert (first.json()["id"], again.json()["link"]) == (again.json()["id"], None)
    secret = token_of(first).partition(":")[0]
    rows = [*Invitation.objects.values_list(), *Mutation.objects.values_list()]
    assert len(rows) == 2
    assert secret not in repr(rows)


def test_invitation_lasts_seven_days_unless_told_otherwise(
    api: APIClient, project: Project
) -> None:
    for given, days in (({}, 7), ({"days": 30}, 30), ({"days": 1}, 1)):
        api.post("/api/invitations/", {"project": project.pk, "role": "member"} | given)
        newest = Invitation.objects.latest("id")
        life = newest.expires_at - newest.created_at
        assert abs(life - timedelta(days=days)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"role": ""}, "role"),
        ({"role": "king"}, "role"),
        ({"role": None}, "role"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@example.com\nBcc: b@example.com"}, "email"),
        ({"days": 0}, "days"),
        ({"days": 31}, "days"),
        ({"project": None}, "project"),
        ({"project": "WEB"}, "project"),
        ({"project": 2**70}, "project"),
    ],
)
def test_invalid_invitations_are_named(
    api: APIClient, project: Project, given: dict[str, Any], field: str
) -> None:
    answer = api.post("/api/invitations/", {"project": project.pk, "role": "member"} | given)
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_hidden_project_is_refused_as_an_unknown_one(
    api: APIClient, foreign_project: Project
) -> None:
    answers = [
        api.post("/api/invitations/", {"project": pk, "role": "member"}).json()["project"][0]
        for pk in (foreign_project.pk, 987654)
    ]
    assert answers[0].replace(str(foreign_project.pk), "987654") == answers[1]
    listed = [api.get(f"/api/invitations/?project={pk}") for pk in (foreign_project.pk, 987654)]
    assert [answer.status_code for answer in listed] == [400, 400]
    assert listed[0].content == listed[1].content


def test_what_it_became_cannot_be_written(api: APIClient, project: Project, bob: User) -> None:
    given = {"accepted_by": "bob", "accepted_at": "2026-01-01", "status": "accepted", "id": 77}
    body = api.post("/api/invitations/", {"project": project.pk, "role": "member"} | given).json()
    assert (body["status"], body["accepted_at"], body["created_by"]) == ("open", None, "alice")
    for method in (api.put, api.patch):
        assert method(f"/api/invitations/{body['id']}/", {"role": "owner"}).status_code == 405


def test_a_project_has_a_limit_of_open_invitations(
    api: APIClient, project: Project, alice: User
) -> None:
    expired = timezone.now() - timedelta(days=1)
    for number in range(MOST_OPEN + 3):
        Invitation.objects.create(
            project=project,
            role="member",
            secret_hash=str(number),
            created_by=alice,
            expires_at=expired if number < 3 else timezone.now() + timedelta(days=1),
        )
    given = {"project": project.pk, "role": "member"}
    refused = api.post("/api/invitations/", given)
    assert (refused.status_code, list(refused.json())) == (409, ["detail"])
    api.delete(f"/api/invitations/{Invitation.objects.latest('id').pk}/")
    assert api.post("/api/invitations/", given).status_code == 201


def test_only_owners_make_see_and_revoke_them(
    invite: Callable[..., str], as_user: AsUser, bob: User, vera: User, project: Project
) -> None:
    invite()
    pk = Invitation.objects.get().pk
    for user in (bob, vera):
        client = as_user(user)
        given = {"project": project.pk, "role": "viewer"}
        assert client.post("/api/invitations/", given).status_code == 403
        assert client.get(f"/api/invitations/?project={project.pk}").status_code == 403
        assert client.get("/api/invitations/").json()["count"] == 0
        assert client.get(f"/api/invitations/{pk}/").status_code == 403
        assert client.delete(f"/api/invitations/{pk}/").status_code == 403
    assert Invitation.objects.get().status == "open"


def test_outsider_and_anonymous_learn_nothing_of_them(
    invite: Callable[..., str], outsider: APIClient
) -> None:
    invite()
    pk = Invitation.objects.get().pk
    hidden, unknown = (outsider.get(f"/api/invitations/{one}/") for one in (pk, 987654))
    assert (hidden.status_code, hidden.content) == (404, unknown.content)
    assert outsider.delete(f"/api/invitations/{pk}/").status_code == 404
    assert outsider.get("/api/invitations/").json()["count"] == 0
    for path in ("/api/invitations/", f"/api/invitations/{pk}/"):
        assert APIClient().get(path).status_code == 401
    assert APIClient().post("/api/invitations/", {}).status_code == 401


# Mail


@pytest.mark.django_db(transaction=True)
def test_link_is_mailed_to_a_given_address(
    api: APIClient, project: Project, mailoutbox: list[Any]
) -> None:
    Project.objects.filter(pk=project.pk).update(name="Web\r\nBcc: eve@example.com")
    given = {"project": project.pk, "role": "member", "email": "nina@example.com"}
    link = api.post("/api/invitations/", given).json()["link"]
    (mail,) = mailoutbox
    assert mail.to == ["nina@example.com"]
    assert mail.recipients() == ["nina@example.com"]
    assert mail.subject == "Join Web Bcc: eve@example.com on Sprintwall"
    assert link in mail.body
    assert "Alice Archer" in mail.body


@pytest.mark.django_db(transaction=True)
def test_nothing_is_mailed_without_an_address_or_when_refused(
    api: APIClient, as_user: AsUser, bob: User, project: Project, mailoutbox: list[Any]
) -> None:
    given = {"project": project.pk, "role": "member"}
    api.post("/api/invitations/", given)
    as_user(bob).post("/api/invitations/", given | {"email": "nina@example.com"})
    assert mailoutbox == []


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


# Taking back


def test_accepted_invitation_cannot_be_taken_back(
    api: APIClient, invite: Callable[..., str], accept: Callable[..., Any], charlie: User
) -> None:
    accept(charlie, invite())
    path = f"/api/invitations/{Invitation.objects.get().pk}/"
    assert api.delete(path).status_code == 409
    assert api.get(path).json()["status"] == "accepted"


def test_taking_back_twice_or_too_late_changes_nothing(
    api: APIClient, invite: Callable[..., str]
) -> None:
    invite()
    path = f"/api/invitations/{Invitation.objects.get().pk}/"
    assert api.delete(path).status_code == 204
    first = api.get(path).json()
    assert first["status"] == "revoked"
    assert api.delete(path).status_code == 204
    assert api.get(path).json() == first


def step_down(client: APIClient, own: Membership, other: Membership) -> Any:
    client.patch(f"/api/memberships/{other.pk}/", {"role": "owner"})
    return client.patch(f"/api/memberships/{own.pk}/", {"role": "member"})


def hand_over(client: APIClient, own: Membership, other: Membership) -> Any:
    return client.post(f"/api/memberships/{other.pk}/hand-over/")


def leave(client: APIClient, own: Membership, other: Membership) -> Any:
    client.patch(f"/api/memberships/{other.pk}/", {"role": "owner"})
    return client.delete(f"/api/memberships/{own.pk}/")


@pytest.mark.parametrize("go", [step_down, hand_over, leave])
def test_who_is_no_owner_any_more_does_not_come_back_by_a_link_made_before(
    api: APIClient,
    invite: Callable[..., str],
    accept: Callable[..., Any],
    membership_of: MembershipOf,
    alice: User,
    bob: User,
    project: Project,
    go: Callable[..., Any],
) -> None:
    token = invite("owner")
    assert go(api, membership_of(alice), membership_of(bob)).status_code in (200, 204)
    before = role_of(alice, project)
    assert accept(alice, token).status_code == 410
    assert role_of(alice, project) == before != "owner"
