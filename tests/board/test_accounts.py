"""Signing up and in, passwords, addresses, second factors and sessions, by the headless API."""

import base64
import re
import time
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.conf import LazySettings
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from board import services
from board.accounts import SecondFactorAdapter
from board.changes import Actor
from board.models import Event, Invitation, Project, Role
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

AUTH = "/_allauth/browser/v1/auth"
ACCOUNT = "/_allauth/browser/v1/account"
NEW_PASSWORD = "battery staple 42"

Outbox = list[EmailMessage]


@pytest.fixture(autouse=True)
def forget_used_codes() -> None:
    cache.clear()


class Browser:
    """Somebody's browser, at the headless API."""

    def __init__(self) -> None:
        self.client = Client()

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, body, content_type="application/json")

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def delete(self, path: str, **body: Any) -> Any:
        return self.client.delete(path, body, content_type="application/json")

    def sign_in(self, login: str = "alice", password: str = PASSWORD) -> Any:
        kind = "email" if "@" in login else "username"
        return self.post(f"{AUTH}/login", **{kind: login}, password=password)

    def prove(self, password: str = PASSWORD) -> None:
        """Prove again who this is."""
        assert self.post(f"{AUTH}/reauthenticate", password=password).status_code == 200

    @property
    def is_signed_in(self) -> bool:
        return bool(self.client.get("/api/me/").status_code == 200)


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def owner(alice: User) -> Browser:
    """Alice, signed in, with an address that is verified."""
    User.objects.filter(pk=alice.pk).update(email="alice@example.com")
    EmailAddress.objects.create(user=alice, email="alice@example.com", verified=True, primary=True)
    browser = Browser()
    assert browser.sign_in().status_code == 200
    return browser


def fragment(mail: EmailMessage) -> str:
    """What stands behind the # of the link in a mail."""
    (link,) = re.findall(r"http://testserver(\S+)", str(mail.body))
    path, _, secret = link.partition("#")
    assert path in ("/password/reset/key", "/verify-email")
    return unquote(secret)


# Signing in


@pytest.mark.parametrize("login", ["alice", "ALICE", "alice@example.com", "Alice@Example.com"])
def test_people_sign_in_by_name_or_address(owner: Browser, browser: Browser, login: str) -> None:
    assert browser.sign_in(login).status_code == 200
    assert browser.is_signed_in


@pytest.mark.parametrize(
    ("login", "password"),
    [("alice", "wrong"), ("alice@example.com", "wrong"), ("nobody", PASSWORD), ("alice", "")],
)
def test_wrong_ones_are_refused(
    owner: Browser, browser: Browser, login: str, password: str
) -> None:
    assert browser.sign_in(login, password).status_code == 400
    assert not browser.is_signed_in


def test_deactivated_person_is_told_nothing_else(alice: User, browser: Browser) -> None:
    User.objects.update(is_active=False)
    assert browser.sign_in().status_code == 401
    assert not browser.is_signed_in


def test_old_hashes_work_and_become_argon2(
    alice: User, browser: Browser, settings: LazySettings
) -> None:
    settings.PASSWORD_HASHERS = [
        "board.hashers.Argon2",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    old = make_password(PASSWORD, hasher="pbkdf2_sha256")
    User.objects.filter(pk=alice.pk).update(password=old)
    assert browser.sign_in().status_code == 200
    alice.refresh_from_db()
    assert alice.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert browser.is_signed_in


def test_unknown_people_cost_as_much_as_known_ones(
    alice: User, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in hashes, which is what takes the time."""
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def count(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", count)
    costs = []
    for login in ("alice", "nobody", "nobody@example.com"):
        hashed.clear()
        browser.sign_in(login, "wrong")
        costs.append(len(hashed))
    assert costs == [1, 1, 1]


def test_the_admin_signs_people_in_by_the_client(browser: Browser, alice: User) -> None:
    answer = browser.get("/admin/auth/user/")
    assert answer.status_code == 302
    answer = browser.client.get(answer["Location"])
    assert answer["Location"] == "/sign-in?next=%2Fadmin%2Fauth%2Fuser%2F"
    answer = browser.client.post("/admin/login/?next=https://evil.example", {"username": "alice"})
    assert answer["Location"] == "/sign-in?next=%2Fadmin%2F"
    browser.sign_in()
    assert browser.get("/admin/login/").status_code == 403
    User.objects.update(is_staff=True, is_superuser=True)
    assert browser.get("/admin/login/")["Location"] == "/admin/"


# Signing up


@pytest.fixture
def invitation(project: Project, alice: User) -> tuple[Invitation, str]:
    """An invitation to WEB, and its token."""
    invitation, link = services.create_invitation(
        actor=Actor(alice), project=project, role=Role.MEMBER, origin="http://testserver"
    )
    return invitation, link.partition("#")[2]


def sign_up(browser: Browser, username: str = "eve", **given: Any) -> Any:
    body = {"username": username, "email": "eve@example.com", "password": NEW_PASSWORD, **given}
    return browser.post(f"{AUTH}/signup", **body)


def look(browser: Browser, token: str) -> Any:
    return browser.post("/api/invitations/look/", token=token)


def test_nobody_signs_up_without_an_invitation(browser: Browser) -> None:
    assert sign_up(browser).status_code == 403
    config = browser.get("/_allauth/browser/v1/config").json()["data"]
    assert config["account"]["is_open_for_signup"] is False


def test_whoever_is_invited_signs_up_and_comes_in(
    browser: Browser, invitation: tuple[Invitation, str], project: Project
) -> None:
    assert look(browser, invitation[1]).status_code == 200
    assert sign_up(browser, first_name="Eve", last_name="Evans").status_code == 200
    assert browser.post("/api/invitations/accept/", token=invitation[1]).status_code == 200
    me = browser.get("/api/me/").json()
    assert (me["full_name"], me["memberships"][0]["role"]) == ("Eve Evans", "member")
    # Used up: the same browser makes no second account by it.
    browser.delete(f"{AUTH}/session")
    assert sign_up(browser, "eve2").status_code == 403
    assert look(Browser(), invitation[1]).status_code == 410


@pytest.mark.parametrize("end", ["expires_at", "revoked_at"])
def test_an_invitation_that_has_ended_opens_nothing(
    browser: Browser, invitation: tuple[Invitation, str], end: str
) -> None:
    look(browser, invitation[1])
    Invitation.objects.update(**{end: timezone.now() - timedelta(seconds=1)})
    assert sign_up(browser).status_code == 403


def test_an_altered_invitation_opens_nothing(
    browser: Browser, invitation: tuple[Invitation, str]
) -> None:
    token = invitation[1]
    look(browser, token[:-1] + ("A" if token[-1] != "A" else "B"))
    assert sign_up(browser).status_code == 403


@pytest.mark.parametrize(("switch", "status"), [("open", 200), ("off", 403), ("invited", 200)])
def test_sign_up_is_switchable(
    browser: Browser,
    invitation: tuple[Invitation, str],
    settings: LazySettings,
    switch: str,
    status: int,
) -> None:
    settings.SIGN_UP = switch
    look(browser, invitation[1])
    assert sign_up(browser).status_code == status


@pytest.fixture
def is_open(settings: LazySettings) -> None:
    settings.SIGN_UP = "open"


def test_a_known_address_is_not_given_away(
    is_open: None, owner: Browser, mailoutbox: Outbox
) -> None:
    unknown = sign_up(Browser(), "eve", email="unknown@example.com")
    known = sign_up(Browser(), "mallory", email="alice@example.com")
    assert known.status_code == unknown.status_code == 200
    # Nothing of Alice's is Mallory's for that.
    assert Browser().sign_in("alice@example.com", NEW_PASSWORD).status_code == 400
    assert Browser().sign_in("alice@example.com", PASSWORD).json()["data"]["user"]["username"] == (
        "alice"
    )


@pytest.mark.parametrize(
    "username",
    ["alice", "ALICE", "a@b.example", "\u0430lice", "", "a b", "-x", "x" * 151, "share:1"],
)
def test_names_that_are_taken_or_misleading_are_refused(
    is_open: None, alice: User, browser: Browser, username: str
) -> None:
    answer = sign_up(browser, username)
    assert answer.status_code == 400
    assert {error["param"] for error in answer.json()["errors"]} == {"username"}


@pytest.mark.parametrize("password", ["short", "password123", "eve@example.com", "1234567890123"])
def test_weak_passwords_are_refused(is_open: None, browser: Browser, password: str) -> None:
    assert sign_up(browser, password=password).status_code == 400


def test_nobody_makes_themselves_staff(is_open: None, browser: Browser) -> None:
    sign_up(browser, is_staff=True, is_superuser=True, is_active=True, id=1)
    eve = User.objects.get(username="eve")
    assert (eve.is_staff, eve.is_superuser) == (False, False)


# A new password by mail


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


# Addresses


def test_address_changes_once_it_is_verified(owner: Browser, mailoutbox: Outbox) -> None:
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
    owner.prove()
    owner.post(f"{ACCOUNT}/email", email="new@example.com")
    settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = -1
    key = fragment(next(mail for mail in mailoutbox if mail.to == ["new@example.com"]))
    assert owner.post(f"{AUTH}/email/verify", key=key).status_code == 400


# Second factors


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
    owner.prove()
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


# Sessions


def sessions_of(browser: Browser) -> list[dict[str, Any]]:
    return list(browser.get(f"{AUTH}/sessions").json()["data"])


def test_sessions_are_listed_and_ended_with_their_sockets(
    owner: Browser, browser: Browser, project: Project
) -> None:
    browser.sign_in()
    listed = sessions_of(owner)
    assert [session["is_current"] for session in listed].count(True) == 1
    assert {session["ip"] for session in listed} == {"127.0.0.1"}
    (other,) = (session["id"] for session in listed if not session["is_current"])
    assert owner.delete(f"{AUTH}/sessions", sessions=[other]).status_code == 200
    assert owner.is_signed_in
    assert not browser.is_signed_in
    (event,) = Event.objects.filter(channel="control")
    assert '"username":"alice"' in event.payload


def test_sessions_of_others_are_not_there(owner: Browser, bob: User, browser: Browser) -> None:
    browser.sign_in("bob")
    foreign = UserSession.objects.get(user=bob).pk
    assert foreign not in {session["id"] for session in sessions_of(owner)}
    assert owner.delete(f"{AUTH}/sessions", sessions=[foreign]).status_code == 400
    assert browser.is_signed_in


def test_own_session_can_be_ended_too(owner: Browser) -> None:
    (current,) = (session["id"] for session in sessions_of(owner))
    assert owner.delete(f"{AUTH}/sessions", sessions=[current]).status_code == 401
    assert not owner.is_signed_in


def test_signing_in_changes_the_sessions_key(browser: Browser, alice: User) -> None:
    """No session that somebody else knows of becomes Alice's."""
    browser.client.session.save()
    session = browser.client.session
    session["planted"] = True
    session.save()
    browser.client.cookies["sessionid"] = str(session.session_key)
    browser.sign_in()
    assert browser.client.cookies["sessionid"].value != session.session_key


# Everything else about it


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff", b"null", b"1"])
@pytest.mark.parametrize("path", ["login", "signup", "password/request", "password/reset"])
def test_malformed_bodies_are_refused(browser: Browser, path: str, body: bytes) -> None:
    answer = browser.client.post(f"{AUTH}/{path}", body, content_type="application/json")
    assert 400 <= answer.status_code < 500


def test_forms_of_other_sites_are_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    body = {"username": "alice", "password": PASSWORD}
    answer = client.post(f"{AUTH}/login", body, content_type="application/json")
    assert answer.status_code == 403


def test_mail_can_be_away(
    owner: Browser, browser: Browser, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "board.mail.NoMail"
    assert ask_for_reset(browser).status_code == 200
    assert "EMAIL_URL is not set" in caplog.text
    assert "#" not in caplog.text
