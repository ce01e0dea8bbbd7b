"""Making invitations, mailing them, and taking them back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from board.models import Invitation, Membership, Mutation, Project
from board.services.invitations import MOST_OPEN
from tests.contract.invitations import role_of, token_of

AsUser = Callable[[User | None], APIClient]
MembershipOf = Callable[[User], Membership]


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
