"""The whole product, people at their browsers, and watchers on their sockets."""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from board.demo import PASSWORD
from tests.chromium import on_path
from tests.e2e.boards import BoardPage, Pair
from tests.e2e.people import Api
from tests.identity_provider import Provider, running_provider
from tests.stack import Stack

CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="package")
def provider() -> Iterator[Provider]:
    """Where people may sign in, too."""
    with running_provider() as provider:
        yield provider


@pytest.fixture(scope="package")
def stack(provider: Provider) -> Iterator[Stack]:
    stack = Stack()
    stack.environment["OIDC_PROVIDERS"] = json.dumps([provider.app])
    try:
        stack.start()
        yield stack
    finally:
        stack.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = on_path()
    if not executable:
        reason = "No Chromium on the PATH: `make test` installs one where it can."
        if os.environ.get("SPRINTWALL_REQUIRE_BROWSER") == "on":
            pytest.fail(reason)
        pytest.skip(reason)
    # Of this package only: while it runs, asyncio's tests find an event loop that is not theirs.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def ana(stack: Stack) -> Api:
    return Api(stack, "ana")


@pytest.fixture
def ben(stack: Stack) -> Api:
    return Api(stack, "ben")


@pytest.fixture
def sprint(ana: Api) -> Iterator[dict[str, Any]]:
    """An empty sprint of the demo project, for one test."""
    sprint = ana.new_sprint()
    yield sprint
    ana.delete(sprint["links"]["self"] + "?tasks=backlog")


@pytest.fixture
def window(stack: Stack, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a browser window of a person's own, signed in; fails the test on errors in its page."""
    pages: list[tuple[Page, list[str]]] = []

    def open_window(username: str | None, path: str = "/", **options: Any) -> Page:
        # A service worker would answer before the routes that tests cut lines with.
        usual = {"viewport": {"width": 1440, "height": 900}, "service_workers": "block"}
        options = {**usual, **options}
        context = browser.new_context(base_url=stack.url, **options)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append((page, errors))
        if username:
            sign_in(page, username)
        page.goto(path)
        return page

    yield open_window
    for page, errors in pages:
        page.context.close()
        assert errors == []


@pytest.fixture
def tasks(ana: Api, sprint: dict[str, Any]) -> list[Any]:
    return [ana.new_task(name, sprint) for name in ("Alpha", "Beta", "Gamma")]


@pytest.fixture
def pair(window: Callable[..., Page], sprint: dict[str, Any], tasks: list[Any]) -> Pair:
    """Ana's and Ben's windows, both live."""
    path = f"/sprints/{sprint['id']}"
    ana, ben = (BoardPage(window(name, path)) for name in ("ana", "ben"))
    return ana.wait_until_live(), ben.wait_until_live()


def sign_in(page: Page, username: str) -> None:
    """Sign in by the API that the sign-in page uses, which has tests of its own."""
    page.goto("/sign-in")
    token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")
    answer = page.request.post(
        "/_allauth/browser/v1/auth/login",
        data={"username": username, "password": PASSWORD},
        headers={"X-CSRFToken": token},
    )
    assert answer.ok, answer.text()
