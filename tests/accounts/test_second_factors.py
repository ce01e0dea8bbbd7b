"""Authenticator apps and recovery codes."""

import base64
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from django.conf import LazySettings

from board.accounts import SecondFactorAdapter
from tests.accounts.browser import ACCOUNT, AUTH, Browser

pytestmark = pytest.mark.django_db


def code_of(secret: str, *, steps: int = 0) -> str:
    (counter,) = yield_hotp_counters_from_time()
    return f"{hotp_value(secret, counter + steps):06}"


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """No code ends while a test is using it."""
    now = time.time()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: now)


@pytest.fixture
def app_secret(frozen: None, owner: Browser) -> str:
    """The secret that Alice's authenticator app holds."""
    offered = owner.get(f"{ACCOUNT}/authenticators/totp")
    assert offered.status_code == 404
    secret = offered.json()["meta"]["secret"]
    assert "issuer=Sprintwall" in offered.json()["meta"]["totp_url"]
    done = owner.post(f"{ACCOUNT}/authenticators/totp", code=code_of(secret))
    assert done.status_code == 200
    return str(secret)


def test_app_is_asked_for_at_sign_in(app_secret: str, browser: Browser) -> None:
    answer = browser.sign_in()
    assert answer.status_code == 401
    pending = [flow for flow in answer.json()["data"]["flows"] if flow.get("is_pending")]
    assert [flow["id"] for flow in pending] == ["mfa_authenticate"]
    assert not browser.is_signed_in
    assert browser.post(f"{AUTH}/2fa/authenticate", code=code_of(app_secret)).status_code == 200
    assert browser.is_signed_in


def test_a_code_counts_once(app_secret: str, browser: Browser) -> None:
    browser.sign_in()
    browser.post(f"{AUTH}/2fa/authenticate", code=code_of(app_secret))
    again = Browser()
    again.sign_in()
    assert again.post(f"{AUTH}/2fa/authenticate", code=code_of(app_secret)).status_code == 400
    assert not again.is_signed_in


@pytest.mark.parametrize("steps", [-2, -1, 1, 2])
def test_codes_of_other_times_are_refused(app_secret: str, browser: Browser, steps: int) -> None:
    browser.sign_in()
    code = code_of(app_secret, steps=steps)
    assert browser.post(f"{AUTH}/2fa/authenticate", code=code).status_code == 400


def test_no_code_without_the_password(app_secret: str, browser: Browser) -> None:
    answer = browser.post(f"{AUTH}/2fa/authenticate", code=code_of(app_secret))
    assert answer.status_code == 401
    assert not browser.is_signed_in


def test_recovery_code_counts_once(app_secret: str, owner: Browser) -> None:
    shown = owner.get(f"{ACCOUNT}/authenticators/recovery-codes").json()["data"]
    code = shown["unused_codes"][0]
    for status in (200, 400):
        window = Browser()
        window.sign_in()
        assert window.post(f"{AUTH}/2fa/authenticate", code=code).status_code == status


def test_factors_change_only_after_a_proof(app_secret: str, owner: Browser) -> None:
    owner.delete(f"{AUTH}/session")
    owner.sign_in()
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    owner.post(f"{AUTH}/2fa/authenticate", code=codes[0])
    assert owner.delete(f"{ACCOUNT}/authenticators/totp").status_code == 401
    assert owner.get(f"{ACCOUNT}/authenticators/webauthn?passwordless").status_code == 401
    owner.prove()
    assert owner.delete(f"{ACCOUNT}/authenticators/totp").status_code == 200
    assert Browser().sign_in().status_code == 200


def test_a_copied_database_holds_no_second_factor(app_secret: str) -> None:
    for factor in Authenticator.objects.all():
        assert app_secret not in str(factor.data)
        for stored in factor.data.values():
            assert not re.fullmatch(r"[0-9a-f]{80}", str(stored))


def test_secrets_of_a_former_key_count_while_it_is_named(settings: LazySettings) -> None:
    adapter = SecondFactorAdapter()
    kept = adapter.encrypt("secret")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key" * 5
    assert adapter.decrypt(kept) == "secret"
    settings.SECRET_KEY_FALLBACKS = []
    first, second = adapter.decrypt(kept), adapter.decrypt(kept)
    assert first != second
    assert len(base64.b32decode(first)) == 20
