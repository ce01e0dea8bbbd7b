"""Changing one's address, once it is verified."""

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.contrib.auth.models import User

from tests.accounts.browser import ACCOUNT, AUTH, Browser, Outbox, fragment

pytestmark = pytest.mark.django_db


def test_address_changes_once_it_is_verified(owner: Browser, mailoutbox: Outbox) -> None:
    owner.delete(f"{AUTH}/session")
    owner.sign_in()
    assert owner.post(f"{ACCOUNT}/email", email="new@example.com").status_code == 401
    owner.prove()
    assert owner.post(f"{ACCOUNT}/email", email="new@example.com").status_code == 200
    assert User.objects.get().email == "alice@example.com"
    (mail,) = (mail for mail in mailoutbox if mail.to == ["new@example.com"])
    key = fragment(mail)
    assert Browser().post(f"{AUTH}/email/verify", key=key).status_code in (200, 401)
    assert User.objects.get().email == "new@example.com"
    assert [address.email for address in EmailAddress.objects.all()] == ["new@example.com"]
    assert "alice@example.com" in {mail.to[0] for mail in mailoutbox}


@pytest.mark.parametrize("key", ["", "nonsense", "MQ:1abcde:sig", "\0"])
def test_altered_verification_is_refused(owner: Browser, key: str) -> None:
    assert owner.post(f"{AUTH}/email/verify", key=key).status_code == 400


def test_expired_verification_is_refused(
    owner: Browser, mailoutbox: Outbox, settings: LazySettings
) -> None:
    owner.post(f"{ACCOUNT}/email", email="new@example.com")
    settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = -1
    key = fragment(next(mail for mail in mailoutbox if mail.to == ["new@example.com"]))
    assert owner.post(f"{AUTH}/email/verify", key=key).status_code == 400
