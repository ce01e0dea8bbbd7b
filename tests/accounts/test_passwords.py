"""A new password: by a link in a mail, or by whoever knows the present one."""

from typing import Any

import pytest
from allauth.account.utils import user_pk_to_url_str
from django.conf import LazySettings
from django.contrib.auth.models import User

from tests.accounts.browser import ACCOUNT, AUTH, NEW_PASSWORD, Browser, Outbox, fragment
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def ask_for_reset(browser: Browser, email: str = "alice@example.com") -> Any:
    return browser.post(f"{AUTH}/password/request", email=email)


def reset(browser: Browser, key: str, password: str = NEW_PASSWORD) -> Any:
    return browser.post(f"{AUTH}/password/reset", key=key, password=password)


def test_a_link_by_mail_sets_a_new_password_once(
    owner: Browser, browser: Browser, mailoutbox: Outbox
) -> None:
    assert ask_for_reset(browser).status_code == 200
    key = fragment(mailoutbox[0])
    known = browser.get(f"{AUTH}/password/reset", X_Password_Reset_Key=key)
    assert known.status_code == 200
    reset(browser, key)
    assert browser.sign_in(password=NEW_PASSWORD).status_code == 200
    assert not owner.is_signed_in
    assert reset(Browser(), key, "another phrase 43").status_code == 400
    assert browser.get(f"{AUTH}/password/reset", X_Password_Reset_Key=key).status_code == 400


def test_unknown_addresses_are_answered_alike(
    owner: Browser, browser: Browser, mailoutbox: Outbox
) -> None:
    known, unknown = ask_for_reset(browser), ask_for_reset(browser, "nobody@example.com")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert [mail.to for mail in mailoutbox] == [["alice@example.com"], ["nobody@example.com"]]
    assert "#" not in str(mailoutbox[1].body)


def test_key_of_another_person_or_altered_is_refused(
    owner: Browser, bob: User, browser: Browser, mailoutbox: Outbox
) -> None:
    ask_for_reset(browser)
    uid, _, rest = fragment(mailoutbox[0]).partition("-")
    for key in (
        f"{user_pk_to_url_str(bob)}-{rest}",
        f"{uid}-{rest[:-1]}{'a' if rest[-1] != 'a' else 'b'}",
        f"{uid}-",
        "-",
        "",
        "\0",
    ):
        assert reset(browser, key).status_code == 400
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_expired_key_is_refused(
    owner: Browser, browser: Browser, mailoutbox: Outbox, settings: LazySettings
) -> None:
    ask_for_reset(browser)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert reset(browser, fragment(mailoutbox[0])).status_code == 400


def test_key_ends_when_the_password_changes_otherwise(
    owner: Browser, browser: Browser, mailoutbox: Outbox
) -> None:
    ask_for_reset(browser)
    owner.post(f"{ACCOUNT}/password/change", current_password=PASSWORD, new_password=NEW_PASSWORD)
    assert reset(browser, fragment(mailoutbox[0]), "another phrase 43").status_code == 400


def test_a_changed_password_ends_other_sessions_and_is_told(
    owner: Browser, browser: Browser, mailoutbox: Outbox
) -> None:
    browser.sign_in()
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert owner.post(f"{ACCOUNT}/password/change", **body).status_code == 200
    assert owner.is_signed_in
    assert not browser.is_signed_in
    assert mailoutbox[-1].to == ["alice@example.com"]
    assert NEW_PASSWORD not in str(mailoutbox[-1].body)


def test_password_is_not_changed_without_the_present_one(owner: Browser) -> None:
    for current in ("wrong", "", None):
        body = {"current_password": current, "new_password": NEW_PASSWORD}
        assert owner.post(f"{ACCOUNT}/password/change", **body).status_code == 400


def test_mail_can_be_away(
    owner: Browser, browser: Browser, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "board.mail.NoMail"
    assert ask_for_reset(browser).status_code == 200
    assert "EMAIL_URL is not set" in caplog.text
    assert "#" not in caplog.text
