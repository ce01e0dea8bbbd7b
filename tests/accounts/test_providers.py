"""Signing in with an OpenID Connect provider."""

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import LazySettings
from django.contrib.auth.models import User

from board import services
from board.changes import Actor
from board.models import Project, Role
from board.models.accounts import AuditEvent, AuditKind
from scrum.sign_in import provider_settings
from tests.accounts.browser import ACCOUNT, AUTH, Browser
from tests.accounts.passkey import Passkey
from tests.conftest import PASSWORD
from tests.identity_provider import Provider, running_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def is_secure() -> bool:
    return True


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[Provider]:
    with running_provider() as server:
        settings.SOCIALACCOUNT_PROVIDERS = provider_settings([server.app])
        settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 60
        yield server


def set_off(browser: Browser, *, process: str = "login") -> dict[str, str]:
    """Begin at the board; returns what the provider is asked."""
    form = {"provider": "team", "callback_url": "/", "process": process}
    answer = browser.client.post(f"{AUTH}/provider/redirect", form, secure=True)
    assert answer.status_code == 302
    return {name: value for name, (value,) in parse_qs(urlsplit(answer["Location"]).query).items()}


def come_back(browser: Browser, state: str) -> Any:
    path = f"/accounts/oidc/team/login/callback/?code=good&state={state}"
    return browser.get(path)


def disconnect(browser: Browser) -> Any:
    body = {"provider": "team", "account": "42"}
    path = f"{ACCOUNT}/providers"
    return browser.client.delete(path, body, content_type="application/json", secure=True)


def pending(answer: Any) -> list[str]:
    """What a 401 says that has begun."""
    return [flow["id"] for flow in answer.json()["data"]["flows"] if flow.get("is_pending")]


def test_providers_are_offered(provider: Provider, browser: Browser) -> None:
    config = browser.get("/_allauth/browser/v1/config").json()["data"]
    (offered,) = config["socialaccount"]["providers"]
    assert (offered["id"], offered["name"]) == ("team", "Team")
    assert "s3cret" not in str(config)


def test_a_connected_provider_signs_in(
    provider: Provider, owner: Browser, browser: Browser
) -> None:
    come_back(owner, set_off(owner, process="connect")["state"])
    assert SocialAccount.objects.get().user.username == "alice"
    asked = set_off(browser)
    assert asked["redirect_uri"] == "https://testserver/accounts/oidc/team/login/callback/"
    assert asked["code_challenge_method"] == "S256"
    assert come_back(browser, asked["state"])["Location"] == "/"
    assert browser.name == "alice"


def test_a_provider_is_connected_only_after_a_proof(
    provider: Provider, browser: Browser, alice: User
) -> None:
    browser.post(f"{AUTH}/login", username="alice", password=PASSWORD)
    answer = come_back(browser, set_off(browser, process="connect")["state"])
    assert answer["Location"] == "/account?error=reauthentication_required"
    assert not SocialAccount.objects.exists()


def test_a_provider_does_not_stand_for_the_second_factor(
    provider: Provider, owner: Browser, passkey: Passkey, browser: Browser
) -> None:
    come_back(owner, set_off(owner, process="connect")["state"])
    come_back(browser, set_off(browser)["state"])
    assert browser.name is None
    offered = browser.get(f"{AUTH}/webauthn/authenticate").json()
    credential = passkey.get(offered["data"]["request_options"]["publicKey"])
    assert browser.post(f"{AUTH}/webauthn/authenticate", credential=credential).status_code == 200
    assert browser.name == "alice"


def test_a_connected_provider_is_let_go_and_both_are_recorded(
    provider: Provider, owner: Browser
) -> None:
    come_back(owner, set_off(owner, process="connect")["state"])
    (identity,) = owner.get(f"{ACCOUNT}/providers").json()["data"]
    assert (identity["provider"]["id"], identity["uid"]) == ("team", "42")
    assert disconnect(owner).json()["data"] == []
    assert not SocialAccount.objects.exists()
    recorded = AuditEvent.objects.filter(details__provider="team").order_by("id")
    assert [(event.kind, event.person.username) for event in recorded if event.person] == [
        (AuditKind.PROVIDER_ADDED, "alice"),
        (AuditKind.PROVIDER_REMOVED, "alice"),
    ]


def test_the_last_way_in_stays(provider: Provider, owner: Browser, alice: User) -> None:
    come_back(owner, set_off(owner, process="connect")["state"])
    User.objects.update(password="!")
    browser = Browser(is_secure=True)
    come_back(browser, set_off(browser)["state"])
    refused = disconnect(browser)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["message"] == "Your account has no password set up."
    assert SocialAccount.objects.exists()


def test_a_stranger_gets_no_account(provider: Provider, browser: Browser) -> None:
    come_back(browser, set_off(browser)["state"])
    assert browser.name is None
    assert not User.objects.exists()
    assert browser.post(f"{AUTH}/provider/signup", username="eve", email="e@example.com")
    assert not User.objects.exists()


def test_an_invited_person_gets_one(
    provider: Provider, browser: Browser, project: Project, alice: User
) -> None:
    _, link = services.create_invitation(
        actor=Actor(alice), project=project, role=Role.MEMBER, origin="https://testserver"
    )
    browser.post("/api/invitations/look/", token=link.partition("#")[2])
    provider.claims["email"] = "eve@example.com"
    come_back(browser, set_off(browser)["state"])
    assert browser.name == "eve"


def test_what_an_account_needs_besides_is_asked_for(
    provider: Provider, browser: Browser, settings: LazySettings
) -> None:
    settings.SIGN_UP = "open"
    come_back(browser, set_off(browser)["state"])
    assert browser.name is None
    told = browser.get(f"{AUTH}/provider/signup").json()["data"]
    assert (told["user"]["username"], told["email"]) == ("eve", [])
    assert told["account"]["provider"]["name"] == "Team"
    answer = browser.post(f"{AUTH}/provider/signup", username="eve", email="eve@example.com")
    assert answer.status_code == 200
    assert browser.name == "eve"


def test_what_has_begun_can_be_given_up(
    provider: Provider, owner: Browser, passkey: Passkey, settings: LazySettings
) -> None:
    settings.SIGN_UP = "open"
    newcomer, halfway = Browser(is_secure=True), Browser(is_secure=True)
    come_back(newcomer, set_off(newcomer)["state"])
    halfway.post(f"{AUTH}/login", username="alice", password=PASSWORD)
    for browser, step in ((newcomer, "provider_signup"), (halfway, "mfa_authenticate")):
        assert pending(browser.get(f"{AUTH}/session")) == [step]
        assert pending(browser.client.delete(f"{AUTH}/session", secure=True)) == []


@pytest.mark.parametrize("is_verified", [True, False])
def test_a_provider_takes_over_no_account_by_its_address(
    provider: Provider,
    browser: Browser,
    alice: User,
    settings: LazySettings,
    is_verified: bool,
) -> None:
    settings.SIGN_UP = "open"
    User.objects.update(email="alice@example.com")
    EmailAddress.objects.create(user=alice, email="alice@example.com", verified=True, primary=True)
    provider.claims |= {"email": "alice@example.com", "email_verified": is_verified}
    come_back(browser, set_off(browser)["state"])
    assert browser.name != "alice"
    assert not SocialAccount.objects.filter(user=alice).exists()


@pytest.mark.parametrize("state", ["", "made-up"])
def test_an_answer_that_nobody_asked_for_is_refused(
    provider: Provider, owner: Browser, browser: Browser, state: str
) -> None:
    come_back(owner, set_off(owner, process="connect")["state"])
    assert come_back(browser, state).status_code < 500
    assert browser.name is None


def test_an_answer_counts_in_its_own_browser_and_once(
    provider: Provider, owner: Browser, browser: Browser
) -> None:
    come_back(owner, set_off(owner, process="connect")["state"])
    state = set_off(browser)["state"]
    thief = Browser(is_secure=True)
    come_back(thief, state)
    assert thief.name is None
    come_back(browser, state)
    assert browser.name == "alice"
    browser.client.delete(f"{AUTH}/session", secure=True)
    come_back(browser, state)
    assert browser.name is None


def test_people_are_sent_to_no_other_site(provider: Provider, browser: Browser) -> None:
    form = {"provider": "team", "callback_url": "https://evil.example/", "process": "login"}
    answer = browser.client.post(f"{AUTH}/provider/redirect", form, secure=True)
    assert "evil.example" not in answer["Location"]


def test_a_provider_that_is_away_leads_back(
    provider: Provider, browser: Browser, settings: LazySettings
) -> None:
    with socket.socket() as nobody:
        # Bound, so that nobody else takes the port; it does not listen.
        nobody.bind(("127.0.0.1", 0))
        away = {**provider.app, "server_url": f"http://127.0.0.1:{nobody.getsockname()[1]}"}
        settings.SOCIALACCOUNT_PROVIDERS = provider_settings([away])
        form = {"provider": "team", "callback_url": "/account", "process": "connect"}
        answer = browser.client.post(f"{AUTH}/provider/redirect", form, secure=True)
    assert answer.status_code == 302
    assert answer["Location"] == "/account?error=unknown"


def test_an_unknown_provider_is_not_there(provider: Provider, browser: Browser) -> None:
    answer = browser.get("/accounts/oidc/other/login/callback/?code=good&state=x")
    assert answer.status_code < 500
    assert browser.name is None
