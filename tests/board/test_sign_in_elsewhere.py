"""Signing in with a passkey, and with an OpenID Connect provider."""

import os
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from board import services
from board.changes import Actor
from board.models import Project, Role
from board.models.accounts import AuditEvent, AuditKind
from scrum.sign_in import provider_settings
from tests.conftest import PASSWORD
from tests.identity_provider import Provider, running_provider

pytestmark = pytest.mark.django_db

AUTH = "/_allauth/browser/v1/auth"
ACCOUNT = "/_allauth/browser/v1/account"

# The person is there, and the authenticator knows them.
PRESENT = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


class Browser:
    """Somebody's browser, at the headless API by TLS, as passkeys and providers ask for it."""

    def __init__(self) -> None:
        self.client = Client()

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, body, content_type="application/json", secure=True)

    def get(self, path: str) -> Any:
        return self.client.get(path, secure=True)

    @property
    def name(self) -> str | None:
        answer = self.get("/api/me/")
        return str(answer.json()["username"]) if answer.status_code == 200 else None


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def owner(alice: User) -> Browser:
    """Alice, signed in, who has just proved that it is her."""
    browser = Browser()
    browser.post(f"{AUTH}/login", username="alice", password=PASSWORD)
    browser.post(f"{AUTH}/reauthenticate", password=PASSWORD)
    return browser


# Passkeys


class Passkey:
    """An authenticator in software, as https://www.w3.org/TR/webauthn-3/ describes it."""

    def __init__(self, origin: str = "https://testserver") -> None:
        self._origin = origin
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._id = os.urandom(16)
        self._user_handle = ""

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer to ``navigator.credentials.create``."""
        self._user_handle = options["user"]["id"]
        public = ES256.from_cryptography_key(  # type: ignore[no-untyped-call]
            self._key.public_key()
        )
        credential = AttestedCredentialData.create(b"\0" * 16, self._id, public)
        flags = PRESENT | AuthenticatorData.FLAG.AT
        data = AuthenticatorData.create(sha256(options["rp"]["id"].encode()), flags, 0, credential)
        client = self._client_data("webauthn.create", options["challenge"])
        attestation = AttestationObject.create("none", data, {})
        return self._credential(
            clientDataJSON=websafe_encode(client),
            attestationObject=websafe_encode(attestation),
        )

    def get(self, options: dict[str, Any], *, key: Any = None) -> dict[str, Any]:
        """Answer to ``navigator.credentials.get``; ``key`` signs instead of its own."""
        data = AuthenticatorData.create(sha256(options["rpId"].encode()), PRESENT, 1)
        client = self._client_data("webauthn.get", options["challenge"])
        signature = (key or self._key).sign(bytes(data) + client.hash, ec.ECDSA(SHA256()))
        return self._credential(
            clientDataJSON=websafe_encode(client),
            authenticatorData=websafe_encode(data),
            signature=websafe_encode(signature),
            userHandle=self._user_handle,
        )

    def _client_data(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, websafe_decode(challenge), self._origin)

    def _credential(self, **response: str) -> dict[str, Any]:
        name = websafe_encode(self._id)
        return {
            "type": "public-key",
            "id": name,
            "rawId": name,
            "response": response,
            "clientExtensionResults": {"credProps": {"rk": True}},
        }


def add_passkey(owner: Browser, passkey: Passkey) -> Any:
    offered = owner.get(f"{ACCOUNT}/authenticators/webauthn?passwordless")
    options = offered.json()["data"]["creation_options"]["publicKey"]
    credential = passkey.create(options)
    return owner.post(f"{ACCOUNT}/authenticators/webauthn", name="Key", credential=credential)


def login_options(browser: Browser) -> dict[str, Any]:
    offered = browser.get(f"{AUTH}/webauthn/login").json()
    return dict(offered["data"]["request_options"]["publicKey"])


@pytest.fixture
def passkey(owner: Browser) -> Passkey:
    """One of Alice's."""
    passkey = Passkey()
    added = add_passkey(owner, passkey)
    assert added.status_code == 200, added.content
    assert added.json()["meta"]["recovery_codes_generated"] is True
    return passkey


def test_a_passkey_signs_in_by_itself(passkey: Passkey, browser: Browser) -> None:
    credential = passkey.get(login_options(browser))
    assert browser.post(f"{AUTH}/webauthn/login", credential=credential).status_code == 200
    assert browser.name == "alice"
    assert AuditEvent.objects.latest("id").details == {"by": ["webauthn"]}


def test_a_passkey_is_a_second_factor_too(passkey: Passkey, browser: Browser) -> None:
    answer = browser.post(f"{AUTH}/login", username="alice", password=PASSWORD)
    assert answer.status_code == 401
    offered = browser.get(f"{AUTH}/webauthn/authenticate").json()
    options = offered["data"]["request_options"]["publicKey"]
    credential = passkey.get(options)
    assert browser.post(f"{AUTH}/webauthn/authenticate", credential=credential).status_code == 200
    assert browser.name == "alice"


def test_an_answer_counts_once(passkey: Passkey, browser: Browser) -> None:
    credential = passkey.get(login_options(browser))
    browser.post(f"{AUTH}/webauthn/login", credential=credential)
    for again in (browser, Browser()):
        again.client.delete(f"{AUTH}/session", secure=True)
        assert again.post(f"{AUTH}/webauthn/login", credential=credential).status_code == 400
        assert again.name is None


def test_an_answer_to_another_browsers_question_is_refused(
    passkey: Passkey, browser: Browser
) -> None:
    credential = passkey.get(login_options(Browser()))
    login_options(browser)
    assert browser.post(f"{AUTH}/webauthn/login", credential=credential).status_code == 400


def test_an_answer_signed_by_another_key_is_refused(passkey: Passkey, browser: Browser) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    credential = passkey.get(login_options(browser), key=other)
    assert browser.post(f"{AUTH}/webauthn/login", credential=credential).status_code == 400
    assert browser.name is None


def test_an_answer_made_for_another_site_is_refused(passkey: Passkey, browser: Browser) -> None:
    passkey._origin = "https://testserver.evil.example"
    credential = passkey.get(login_options(browser))
    assert browser.post(f"{AUTH}/webauthn/login", credential=credential).status_code == 400


def test_a_passkey_that_nobody_added_is_refused(browser: Browser, alice: User) -> None:
    credential = Passkey().get(login_options(browser))
    assert browser.post(f"{AUTH}/webauthn/login", credential=credential).status_code == 400


NONSENSE: list[Any] = [None, {}, [], "text", "", 1, "AA", "\0", {"id": 1}, {"response": {}}]


def test_nonsense_is_refused(passkey: Passkey, browser: Browser) -> None:
    for nonsense in NONSENSE:
        login_options(browser)
        answer = browser.post(f"{AUTH}/webauthn/login", credential=nonsense)
        assert answer.status_code == 400, nonsense
    assert browser.name is None


@pytest.mark.parametrize(
    "name",
    ["id", "rawId", "response", "clientDataJSON", "authenticatorData", "signature"],
)
def test_nonsense_in_a_field_is_refused(passkey: Passkey, browser: Browser, name: str) -> None:
    for nonsense in NONSENSE:
        credential = passkey.get(login_options(browser))
        (credential["response"] if name in credential["response"] else credential)[name] = nonsense
        answer = browser.post(f"{AUTH}/webauthn/login", credential=credential)
        assert answer.status_code == 400, nonsense
    assert browser.name is None


def test_nonsense_is_not_added(owner: Browser) -> None:
    path = f"{ACCOUNT}/authenticators/webauthn"
    for nonsense in NONSENSE:
        owner.get(f"{path}?passwordless")
        assert owner.post(path, name="Key", credential=nonsense).status_code == 400, nonsense
    assert owner.get(f"{ACCOUNT}/authenticators").json()["data"] == []


def test_a_passkey_of_a_deactivated_person_opens_nothing(
    passkey: Passkey, browser: Browser
) -> None:
    User.objects.update(is_active=False)
    browser.post(f"{AUTH}/webauthn/login", credential=passkey.get(login_options(browser)))
    assert browser.name is None


# OpenID Connect


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
    browser = Browser()
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
    newcomer, halfway = Browser(), Browser()
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
    thief = Browser()
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
