"""Who is in a project, from the first invitation to the last: by the pages of the client."""

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accounts import enter_code, panel, sign_in_by_hand, sign_out, sign_up
from tests.e2e.axe import check_axe
from tests.e2e.boards import TO_DO, BoardPage
from tests.e2e.people import Api
from tests.identity_provider import Provider

pytestmark = pytest.mark.browser

Window = Callable[..., Page]

PHONE = {"width": 360, "height": 740}
_keys = (f"E{letter}{other}" for letter, other in itertools.product("ABCDEFGH", "ABCDEFGH"))


@pytest.fixture
def project(ana: Api) -> Iterator[dict[str, Any]]:
    """A project that Ana owns, for one test, which may delete it."""
    key = next(_keys)
    made = dict(ana.post("/projects/", key=key, name=f"Project {key}", time_zone="UTC"))
    yield made
    if any(one["id"] == made["id"] for one in ana.get("/projects/?archived=true")["results"]):
        ana.delete(f"/projects/{made['id']}/?confirm={key}")


@pytest.fixture
def its_sprint(ana: Api, project: dict[str, Any]) -> Any:
    return ana.post("/sprints/", project=project["id"], name="First", end="2099-01-31")


def fits_a_phone(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth") == PHONE["width"])


def invite(page: Page, project: dict[str, Any], role: str = "member") -> str:
    """Make an invitation in the settings; returns its link."""
    page.goto(f"/projects/{project['id']}/settings")
    invitations = panel(page, "Invitations")
    invitations.get_by_label("Role").select_option(role)
    invitations.get_by_role("button", name="Invite").click()
    return invitations.get_by_label("Link of the invitation").input_value()


def test_new_person_from_the_invitation_to_the_removal(
    window: Window, ana: Api, project: dict[str, Any], its_sprint: Any
) -> None:
    ana.post("/tasks/", project=project["id"], sprint=its_sprint["id"], name="Shared work")
    owner = window("ana")
    link = invite(owner, project)

    page = window(None, link)
    expect(page.get_by_role("heading", name=f"Join {project['name']}")).to_be_visible()
    assert "#" not in page.url
    check_axe(page)
    sign_up(page, "nora")
    page.get_by_role("button", name="Create account and join").click()
    expect(page.get_by_role("heading", name=project["name"], exact=True)).to_be_visible()

    page.goto("/account")
    factors = panel(page, "Two-step sign-in")
    factors.get_by_role("button", name="Set it up").click()
    expect(factors.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.get_by_test_id("totp-secret").inner_text().replace(" ", "")
    enter_code(page, secret, "Switch on", page.get_by_test_id("recovery-codes"))
    codes = page.get_by_test_id("recovery-codes").get_by_role("listitem").all_inner_texts()
    assert len(codes) == 10
    factors.get_by_role("button", name="I have kept them").click()

    sign_out(page)
    sign_in_by_hand(page, "nora")
    enter_code(page, secret, "Continue", page.get_by_role("button", name="Your menu"))

    board = page
    board.goto(f"/sprints/{its_sprint['id']}")
    BoardPage(board).wait_until_live().expect_names(TO_DO, ["Shared work"])

    owner.reload()
    owner.get_by_role("button", name="More about Nora New").click()
    owner.get_by_role("menuitem", name="Remove from the project").click()
    owner.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(board.get_by_role("heading", name="You are no longer in")).to_be_visible()
    expect(board.get_by_text("Shared work")).to_have_count(0)
    check_axe(board)
    expect(panel(owner, "Members").get_by_text("Nora New")).to_have_count(0)

    again = window(None, link)
    expect(again.get_by_role("heading", name="You cannot join by this link")).to_be_visible()


def test_project_is_created_and_deleted_by_its_key(window: Window, ana: Api) -> None:
    page = window("ana", "/projects")
    page.get_by_role("button", name="New project").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Zebra crossing")
    expect(dialog.get_by_label("Key")).to_have_value("ZC")
    dialog.get_by_label("Key").fill("1")
    dialog.get_by_role("button", name="Create project").click()
    expect(dialog.get_by_label("Key")).to_have_attribute("aria-invalid", "true")
    check_axe(page)
    dialog.get_by_label("Key").fill("ZEB")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Zebra crossing", exact=True)).to_be_visible()

    page.get_by_role("link", name="Members and settings").click()
    details = panel(page, "Project")
    details.get_by_label("Name").fill("Zebra")
    details.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Settings of Zebra")).to_be_visible()
    end = panel(page, "End of the project")
    end.get_by_role("button", name="Archive").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Archive").click()
    expect(page.get_by_text("This project is archived.")).to_be_visible()
    end.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("This project is archived.")).to_have_count(0)

    end.get_by_role("button", name="Delete").click()
    confirm = page.get_by_role("dialog").get_by_role("button", name="Delete for good")
    expect(confirm).to_be_disabled()
    page.get_by_label("Type ZEB to confirm").fill("zeb")
    confirm.click()
    expect(page).to_have_url(re.compile("/projects$"))
    expect(page.get_by_role("link", name="Zebra")).to_have_count(0)


def test_shared_board_is_live_until_its_link_ends(
    window: Window, ana: Api, project: dict[str, Any], its_sprint: Any
) -> None:
    owner = window("ana", f"/projects/{project['id']}/settings")
    links = panel(owner, "Public links")
    links.get_by_role("button", name="Make a link").click()
    link = links.get_by_label("Public link of First").input_value()

    guest = window(None, link, viewport=PHONE)
    board = BoardPage(guest).wait_until_live()
    assert "#" not in guest.url
    ana.post("/tasks/", project=project["id"], sprint=its_sprint["id"], name="Seen by guests")
    expect(board.cards(TO_DO)).to_contain_text(["Seen by guests"])
    expect(guest.get_by_text("You look at this board by a public link")).to_be_visible()
    expect(board.cards(TO_DO).get_by_role("button")).to_have_count(0)
    expect(guest.get_by_role("button", name="Add a task")).to_have_count(0)
    assert fits_a_phone(guest)
    check_axe(guest)

    guest.reload()
    BoardPage(guest).wait_until_live()
    links.get_by_role("button", name="End it").click()
    owner.get_by_role("alertdialog").get_by_role("button", name="End it").click()
    expect(guest.get_by_role("heading", name="This link shows nothing any more")).to_be_visible()
    check_axe(guest)


def test_viewer_finds_no_controls_that_do_nothing(
    window: Window, project: dict[str, Any], its_sprint: Any
) -> None:
    link = invite(window("ana"), project, "viewer")
    page = window("chloe", link)
    page.get_by_role("button", name="Join as").click()
    expect(page.get_by_role("heading", name=project["name"], exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="New sprint")).to_have_count(0)
    page.get_by_role("link", name="Members and settings").click()
    members = panel(page, "Members")
    expect(members.get_by_role("button")).to_have_text(["Leave"])
    for title in ("Labels", "Work in progress limits"):
        expect(panel(page, title).get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("main").get_by_role("region")).to_have_count(4)
    expect(page.get_by_label("Name")).to_have_count(0)
    check_axe(page)
    members.get_by_role("button", name="Leave").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()


def test_project_is_handed_over_and_invitations_are_revoked(
    window: Window, ana: Api, project: dict[str, Any]
) -> None:
    owner = window("ana")
    link = invite(owner, project)
    other = window("ben", link)
    other.get_by_role("button", name="Join as").click()
    expect(other.get_by_role("heading", name=project["name"], exact=True)).to_be_visible()

    link = invite(owner, project)
    invitations = panel(owner, "Invitations")
    invitations.get_by_role("button", name="Revoke").click()
    owner.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    expect(invitations.get_by_role("list", name="Open invitations")).to_have_count(0)
    other.goto(link)
    expect(other.get_by_role("heading", name="You cannot join by this link")).to_be_visible()

    owner.get_by_role("button", name="More about Ben").click()
    owner.get_by_role("menuitem", name="Hand the project over").click()
    owner.get_by_role("alertdialog").get_by_role("button", name="Hand over").click()
    expect(panel(owner, "Members").get_by_role("button", name="Leave")).to_be_enabled()
    expect(panel(owner, "End of the project")).to_have_count(0)
    other.goto(f"/projects/{project['id']}/settings")
    other.get_by_label(re.compile("^Role of Ana")).select_option("owner")
    expect(other.get_by_text("You are the only owner.")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_a_project_are_accessible_on_a_phone(
    window: Window, project: dict[str, Any], its_sprint: Any, scheme: str
) -> None:
    page = window("ana", "/projects", viewport=PHONE, color_scheme=scheme)
    expect(page.get_by_role("link", name=f"{project['key']} {project['name']}")).to_be_visible()
    check_axe(page)
    assert fits_a_phone(page)
    invite(page, project)
    expect(panel(page, "Public links").get_by_role("listitem")).to_have_count(1)
    check_axe(page)
    assert fits_a_phone(page)


def test_newcomer_from_a_provider_needs_an_invitation_and_an_address(
    window: Window, project: dict[str, Any], provider: Provider
) -> None:
    provider.claims = {"sub": "nia", "preferred_username": "nia"}
    page = window(None, "/sign-in")
    page.get_by_role("button", name="Continue with Team").click()
    expect(page.get_by_role("alert")).to_contain_text("Ask for an invitation")
    page.goto(invite(window("ana"), project))
    page.get_by_role("button", name="Continue with Team").click()
    expect(page.get_by_label("Username")).to_have_value("nia")
    check_axe(page)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("E-mail").fill("nia@example.com")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name=project["name"], exact=True)).to_be_visible()
