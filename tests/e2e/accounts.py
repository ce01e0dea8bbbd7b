"""What people do at the pages of their account, and what they get by mail."""

import re
import time

from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Locator, Page, expect

from tests.servers import wait_until
from tests.stack import Stack

PASSWORD = "correct horse 42"


def sign_up(page: Page, username: str) -> None:
    """Fill in the form for somebody new; the caller presses the button."""
    page.get_by_label("First name").fill(username.capitalize())
    page.get_by_label("Last name").fill("New")
    page.get_by_label("Username").fill(username)
    page.get_by_label("E-mail").fill(f"{username}@example.com")
    page.get_by_label("Password").fill(PASSWORD)


def sign_in_by_hand(page: Page, login: str, password: str = PASSWORD) -> None:
    page.get_by_label("Username or e-mail").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Your menu").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_label("Username or e-mail")).to_be_visible()


def panel(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title)


def code_of(secret: str) -> str:
    """The code that an authenticator app shows now."""
    counter = int(time.time()) // 30
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


def question(page: Page) -> Locator:
    """The dialog that asks who is there."""
    return page.get_by_role("dialog", name="Confirm that it is you")


def confirm_if_asked(page: Page, password: str, then: Locator) -> None:
    """Wait for ``then``, and answer the question who is there if it comes before."""
    expect(then.or_(question(page))).to_be_visible()
    if not question(page).is_visible():
        return
    question(page).get_by_label("Your password").fill(password)
    question(page).get_by_role("button", name="Confirm").click()
    expect(question(page)).to_have_count(0)
    expect(then).to_be_visible()


def enter_code(page: Page, secret: str, button: str, then: Locator) -> None:
    """Type the app's code until ``then`` shows: a code may run out on its way to the server."""
    refused = page.locator('[aria-invalid="true"]')
    for _ in range(4):
        page.get_by_label("Code", exact=True).fill(code_of(secret))
        page.get_by_role("button", name=button).click()
        confirm_if_asked(page, PASSWORD, then.or_(refused))
        if then.is_visible():
            return
    raise AssertionError("No code was taken.")


def mailed_link(stack: Stack, address: str, path: str) -> str:
    """Wait for the mail to ``address`` with a link to ``path``, as the web process prints it."""
    pattern = re.compile(
        rf"^To: {re.escape(address)}$.*?(http\S+{re.escape(path)}#\S+)", re.M | re.S
    )
    found: list[str] = []

    def is_there() -> bool:
        found[:] = pattern.findall(stack.said("web"))
        return bool(found)

    wait_until(is_there)
    return found[-1]
