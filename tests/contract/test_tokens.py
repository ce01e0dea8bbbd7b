"""API tokens: made, shown and revoked by their owner, and by nobody who merely has one."""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from board import services
from board.models import Event, Project
from board.models.accounts import TokenRecord
from board.services import tokens as token_services
from tests.conftest import PASSWORD

AsUser = Callable[[User | None], APIClient]


def with_token(secret: str) -> APIClient:
    return APIClient(headers={"Authorization": f"Token {secret}"})


def with_password(user: User) -> APIClient:
    credentials = base64.b64encode(f"{user.username}:{PASSWORD}".encode()).decode()
    return APIClient(headers={"Authorization": f"Basic {credentials}"})


def make_token(user: User, **given: Any) -> dict[str, Any]:
    answer = with_password(user).post("/api/tokens/", {"name": "Script", **given})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_token_is_told_once_and_opens_the_api(alice: User, project: Project) -> None:
    made = make_token(alice)
    assert with_token(made["token"]).get("/api/me/").json()["username"] == "alice"
    assert made["token"].startswith(made["id"])
    assert made["id"].startswith(made["prefix"])
    (listed,) = with_password(alice).get("/api/tokens/").json()["results"]
    assert "token" not in listed
    assert made["token"] not in str(with_password(alice).get(listed["links"]["self"]).json())
    assert listed["name"] == "Script"


def test_token_is_stored_hashed(alice: User) -> None:
    made = make_token(alice)
    stored = AuthToken.objects.get()
    assert made["token"] not in (stored.digest, stored.token_key, stored.record.name)


@pytest.mark.parametrize(("given", "days"), [({}, 90), ({"days": 1}, 1), ({"days": 365}, 365)])
def test_token_lives_as_long_as_asked(alice: User, given: dict[str, int], days: int) -> None:
    ends = datetime.fromisoformat(make_token(alice, **given)["expires_at"])
    assert abs(ends - timezone.now() - timedelta(days=days)) < timedelta(hours=1)


@pytest.mark.parametrize(
    "given", [{"days": 0}, {"days": 366}, {"days": "soon"}, {"name": "x" * 101}, {"name": "\0"}]
)
def test_impossible_tokens_are_refused(alice: User, given: dict[str, Any]) -> None:
    answer = with_password(alice).post("/api/tokens/", {"name": "Script", **given})
    assert answer.status_code == 400
    assert answer.json().keys() == given.keys()


def test_last_use_is_noted_at_most_once_a_minute(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_token(alice)
    assert made["last_used_at"] is None
    for _ in range(3):
        with_token(made["token"]).get("/api/me/")
    first = TokenRecord.objects.get().last_used_at
    assert first is not None
    # Another process does not know that it was noted just now; the row tells it.
    monkeypatch.setattr(token_services, "_noted", token_services._Noted())
    with_token(made["token"]).get("/api/me/")
    assert TokenRecord.objects.get().last_used_at == first
    TokenRecord.objects.update(last_used_at=first - timedelta(minutes=2))
    monkeypatch.setattr(token_services, "_noted", token_services._Noted())
    with_token(made["token"]).get("/api/me/")
    used_at = TokenRecord.objects.get().last_used_at
    assert used_at is not None
    assert used_at >= first


# Who manages them


def test_a_token_manages_no_tokens(alice: User) -> None:
    made = make_token(alice)
    client = with_token(made["token"])
    assert client.get("/api/tokens/").status_code == 403
    assert client.post("/api/tokens/", {"name": "Heir"}).status_code == 403
    assert client.get(f"/api/tokens/{made['id']}/").status_code == 403
    answer = client.delete(f"/api/tokens/{made['id']}/")
    assert answer.status_code == 403
    assert "managed by their owner" in answer.json()["detail"]
    assert AuthToken.objects.count() == 1


def test_a_session_makes_tokens_after_a_proof(alice: User, as_user: AsUser) -> None:
    window = as_user(alice)
    refused = window.post("/api/tokens/", {"name": "Script"})
    assert refused.status_code == 403
    assert refused.json()["code"] == "reauthentication_required"
    proof = {"password": PASSWORD}
    window.post("/_allauth/browser/v1/auth/reauthenticate", proof, format="json")
    assert window.post("/api/tokens/", {"name": "Script"}).status_code == 201
    assert window.get("/api/tokens/").json()["count"] == 1


def test_tokens_of_others_are_not_there(alice: User, bob: User, as_user: AsUser) -> None:
    made = make_token(alice)
    path = f"/api/tokens/{made['id']}/"
    for client in (as_user(bob), with_password(bob)):
        assert client.get("/api/tokens/").json()["results"] == []
        assert client.get(path).status_code == 404
        assert client.delete(path).status_code == 404
    assert with_token(made["token"]).get("/api/me/").status_code == 200


@pytest.mark.parametrize("pk", ["0", "%00", "abc", "../me", "a" * 300])
def test_impossible_ids_are_404(alice: User, pk: str) -> None:
    assert with_password(alice).delete(f"/api/tokens/{pk}/").status_code == 404


# Revoked, expired, altered


def test_revoked_token_is_refused_and_its_sockets_end(
    alice: User, project: Project, as_user: AsUser
) -> None:
    made = make_token(alice)
    path = f"/api/tokens/{made['id']}/"
    assert as_user(alice).delete(path).status_code == 204
    assert with_token(made["token"]).get("/api/me/").status_code == 401
    assert as_user(alice).delete(path).status_code == 404
    (event,) = Event.objects.filter(channel="control")
    assert '"username":"alice"' in event.payload


def test_expired_token_is_refused_and_forgotten(alice: User) -> None:
    made = make_token(alice)
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert with_token(made["token"]).get("/api/me/").status_code == 401
    assert with_password(alice).get("/api/tokens/").json()["results"] == []


@pytest.mark.parametrize(
    "alter",
    [
        lambda secret: secret[:-1] + ("0" if secret[-1] != "0" else "1"),
        lambda secret: secret[:-1],
        lambda secret: secret + "0",
        lambda secret: secret[:15],
        lambda secret: secret.upper() + "x",
        lambda secret: "",
        lambda secret: f"{secret} {secret}",
    ],
)
def test_altered_token_is_refused(alice: User, alter: Callable[[str], str]) -> None:
    made = make_token(alice)
    assert with_token(alter(made["token"])).get("/api/me/").status_code == 401


def test_token_that_is_no_text_is_refused(alice: User) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token \xff\xfe")
    assert client.get("/api/me/").status_code == 401


def test_token_of_a_deactivated_person_is_refused(alice: User) -> None:
    made = make_token(alice)
    User.objects.update(is_active=False)
    assert with_token(made["token"]).get("/api/me/").status_code == 401


def test_hundredth_and_first_token_replaces_the_oldest(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_services, "MOST_TOKENS", 2)
    secrets = [services.create_token(user=alice, name=name, days=1)[1] for name in "abc"]
    answers = [with_token(secret).get("/api/me/").status_code for secret in secrets]
    assert answers == [401, 200, 200]


# For a password


def test_token_by_password_is_listed_and_takes_an_address_for_a_name(alice: User) -> None:
    User.objects.update(email="alice@example.com")
    body = {"username": "alice@example.com", "password": PASSWORD}
    answer = APIClient().post("/api/token/", body)
    assert answer.status_code == 200
    (listed,) = with_password(alice).get("/api/tokens/").json()["results"]
    assert answer.json()["token"].startswith(listed["id"])


@pytest.fixture
def careful(alice: User) -> User:
    """Alice, with a second factor."""
    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={"secret": ""})
    return alice


def test_a_password_alone_is_not_enough_beside_a_second_factor(careful: User) -> None:
    body = {"username": "alice", "password": PASSWORD}
    answer = APIClient().post("/api/token/", body)
    assert answer.status_code == 400
    assert "use an API token" in answer.json()["non_field_errors"][0]
    refused = with_password(careful).get("/api/me/")
    assert refused.status_code == 401
    assert "use an API token" in refused.json()["detail"]


def test_a_wrong_password_does_not_tell_of_a_second_factor(careful: User) -> None:
    answer = APIClient().post("/api/token/", {"username": "alice", "password": "wrong"})
    assert answer.json() == {"non_field_errors": ["Unable to log in with provided credentials."]}


def test_tokens_work_beside_a_second_factor(careful: User) -> None:
    _, secret = services.create_token(user=careful, name="Script", days=1)
    assert with_token(secret).get("/api/me/").status_code == 200


def test_a_token_without_a_name_is_listed_too(alice: User) -> None:
    AuthToken.objects.create(alice)
    (listed,) = with_password(alice).get("/api/tokens/").json()["results"]
    assert (listed["name"], listed["last_used_at"]) == ("", None)
