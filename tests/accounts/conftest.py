"""Browsers, and Alice, who is signed in."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.cache import cache

from tests.accounts.browser import Browser
from tests.accounts.passkey import Passkey, add_passkey


@pytest.fixture(autouse=True)
def forget_used_codes() -> None:
    cache.clear()


@pytest.fixture
def is_secure() -> bool:
    """Whether browsers speak TLS."""
    return False


@pytest.fixture
def browser(is_secure: bool) -> Browser:
    return Browser(is_secure=is_secure)


@pytest.fixture
def owner(is_secure: bool, alice: User) -> Browser:
    """Alice, signed in, who has just proved that it is her, with an address that is verified."""
    User.objects.filter(pk=alice.pk).update(email="alice@example.com")
    EmailAddress.objects.create(user=alice, email="alice@example.com", verified=True, primary=True)
    browser = Browser(is_secure=is_secure)
    assert browser.sign_in().status_code == 200
    browser.prove()
    return browser


@pytest.fixture
def passkey(owner: Browser) -> Passkey:
    """One of Alice's."""
    passkey = Passkey()
    added = add_passkey(owner, passkey)
    assert added.status_code == 200, added.content
    assert added.json()["meta"]["recovery_codes_generated"] is True
    return passkey
