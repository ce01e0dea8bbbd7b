"""Finds a Chromium for the browser tests, or installs one; prints its path.

Without one it prints nothing and says why on stderr; then the browser tests are skipped, and with
``SPRINTWALL_REQUIRE_BROWSER=on`` (CI) this program fails.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def on_path() -> str | None:
    """The machine's own browser; ``CHROMIUM`` names one that stands elsewhere."""
    for name in (os.environ.get("CHROMIUM"), *PROGRAMS):
        if name and (found := shutil.which(name)):
            return found
    return None


def from_apt() -> str | None:
    """Install Debian's package where this process may."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        if not _succeeds(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", *words]):
            return None
    return on_path()


def from_playwright() -> str | None:
    """Download the browser build that Playwright was made for."""
    if not _succeeds([sys.executable, "-m", "playwright", "install", "chromium"]):
        return None
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else None


def _succeeds(command: list[str]) -> bool:
    # What they say belongs on stderr: stdout is the browser's path.
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    return done.returncode == 0


def main() -> None:
    for source in (on_path, from_apt, from_playwright):
        if path := source():
            print(path)
            return
    print(
        "No Chromium on the PATH, from apt or from Playwright: browser tests are skipped.",
        file=sys.stderr,
    )
    sys.exit(os.environ.get("SPRINTWALL_REQUIRE_BROWSER") == "on")


if __name__ == "__main__":
    main()
