"""One's own account at the client: the doors, password, passkeys, sessions and tokens."""

import itertools
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.e2e.accounts import (
    confirm_if_asked,
    mailed_link,
    panel,
    question,
    sign_in_by_hand,
    sign_out,
)
from tests.e2e.axe import check_axe
from tests.identity_provider import Provider
from tests.stack import DEMO_PASSWORD, Stack

pytestmark = pytest.mark.browser

Window = Callable[..., Page]

PHONE = {"width": 360, "height": 740}
DOORS = {
    "/sign-in": "Sign in",
    "/sign-up": "Create an account",
    "/password/reset": "Forgot your password?",
    "/password/reset/key": "This link has ended",
    "/join": "You cannot join by this link",
    "/verify-email": "Confirm your address",
}
_numbers = itertools.count(1)


@pytest.fixture
def person(stack: Stack) -> str:
    """The username of somebody with an address and the demo team's password, for one test."""
    username = f"pia{next(_numbers)}"
    stack.manage(
        "shell",
        "-c",
        "from django.contrib.auth.models import User; "
        f"User.objects.create_user({username!r}, '{username}@example.com', {DEMO_PASSWORD!r})",
    )
    return username


def fits_a_phone(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth") == PHONE["width"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_doors_are_accessible_on_a_phone(window: Window, scheme: str) -> None:
    page = window(None, "/sign-in", viewport=PHONE, color_scheme=scheme)
    for path, heading in DOORS.items():
        page.goto(path)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        check_axe(page)
        assert fits_a_phone(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_account_is_accessible_on_a_phone(window: Window, scheme: str) -> None:
    page = window("ben", "/account", viewport=PHONE, color_scheme=scheme)
    panel(page, "Two-step sign-in").get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    check_axe(page)
    assert fits_a_phone(page)


def test_altered_invitation_is_told_to_be_none(window: Window) -> None:
    page = window(None, "/join#nonsense:altered")
    expect(page.get_by_role("heading", name="You cannot join by this link")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("not complete")


def test_forgotten_password_is_set_anew_by_mail(window: Window, stack: Stack, person: str) -> None:
    page = window(None, "/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail").fill(f"{person}@example.com")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look at your mail")).to_be_visible()
    link = mailed_link(stack, f"{person}@example.com", "/password/reset/key")
    page.goto(link)
    page.get_by_label("New password").fill("12345678")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_label("New password")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("New password").fill("battery staple 42")
    page.get_by_role("button", name="Set the password").click()
    page.get_by_role("link", name="Sign in").click()
    sign_in_by_hand(page, f"{person}@example.com", "battery staple 42")
    expect(page.get_by_role("button", name="Your menu")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()


def test_tokens_and_sessions_are_taken_back(window: Window, stack: Stack, person: str) -> None:
    other = window(person, "/account")
    expect(other.get_by_role("heading", name="Your account")).to_be_visible()
    page = window(person, "/account")
    panel(page, "Where you are signed in").get_by_role("button", name="Sign out there").click()
    expect(page.get_by_role("button", name="Sign out there")).to_have_count(0)
    other.reload()
    expect(other.get_by_label("Username or e-mail")).to_be_visible()

    tokens = panel(page, "API tokens")
    tokens.get_by_label("Name").fill("Nightly report")
    tokens.get_by_role("button", name="Make a token").click()
    shown = tokens.get_by_label("The new token")
    confirm_if_asked(page, DEMO_PASSWORD, shown)
    headers = {"Authorization": f"Token {shown.input_value()}"}
    me = f"{stack.url}/api/me/"
    assert requests.get(me, headers=headers, timeout=30).json()["username"] == person
    row = tokens.get_by_role("listitem").filter(has_text="Nightly report")
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)
    assert requests.get(me, headers=headers, timeout=30).status_code == 401


def test_passkey_signs_in_by_itself(window: Window, person: str) -> None:
    page = window(person, "/account")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    passkeys = panel(page, "Passkeys")
    passkeys.get_by_label("Name").fill("Laptop")
    passkeys.get_by_role("button", name="Add a passkey").click()
    confirm_if_asked(page, DEMO_PASSWORD, page.get_by_test_id("recovery-codes"))
    expect(passkeys.get_by_role("listitem")).to_contain_text(["Laptop"])
    page.get_by_role("button", name="I have kept them").click()
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("button", name="Your menu")).to_be_visible()


def test_provider_is_connected_signs_in_and_is_let_go(
    window: Window, person: str, provider: Provider
) -> None:
    provider.claims = {"sub": person, "preferred_username": person}
    page = window(person, "/account?error=reauthentication_required")
    expect(page.get_by_role("alert").filter(has_text="Connect it again")).to_be_visible()
    others = panel(page, "Other ways to sign in")
    others.get_by_role("button", name="Connect Team", exact=True).click()
    question(page).get_by_label("Your password").fill(DEMO_PASSWORD)
    question(page).get_by_role("button", name="Confirm").click()
    expect(others.get_by_role("listitem")).to_contain_text(["Team"])
    assert urlsplit(page.url).query == ""
    check_axe(page)
    sign_out(page)
    page.get_by_role("button", name="Continue with Team").click()
    expect(page.get_by_role("button", name="Your menu")).to_be_visible()
    page.goto("/account")
    others.get_by_role("button", name="Disconnect Team").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Disconnect").click()
    connect = others.get_by_role("button", name="Connect Team", exact=True)
    confirm_if_asked(page, DEMO_PASSWORD, connect)
    expect(others.get_by_role("listitem")).to_have_count(0)
