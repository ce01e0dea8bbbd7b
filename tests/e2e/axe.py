"""Accessibility of a page as it is shown, judged by axe-core."""

from playwright.sync_api import Page

from scrum import environment

AXE = environment.ROOT / "client/node_modules/axe-core/axe.min.js"


def check_axe(page: Page) -> None:
    """Fail on any rule that axe finds broken on the page as it is."""
    page.evaluate(AXE.read_text())
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    found = [
        (rule["id"], [node["html"][:200] for node in rule["nodes"]])
        for rule in result["violations"]
    ]
    assert not found, found
