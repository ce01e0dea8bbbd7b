"""Signing in with a passkey."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import User

from board.models.accounts import AuditEvent
from tests.accounts.browser import ACCOUNT, AUTH, Browser
from tests.accounts.passkey import Passkey, login_options
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def is_secure() -> bool:
    return True


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
    for again in (browser, Browser(is_secure=True)):
        again.client.delete(f"{AUTH}/session", secure=True)
        assert again.post(f"{AUTH}/webauthn/login", credential=credential).status_code == 400
        assert again.name is None


def test_an_answer_to_another_browsers_question_is_refused(
    passkey: Passkey, browser: Browser
) -> None:
    credential = passkey.get(login_options(Browser(is_secure=True)))
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
