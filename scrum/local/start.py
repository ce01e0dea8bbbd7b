"""``make run`` and ``make dev``: prepares, says where the board is, and becomes honcho."""

import io
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

from scrum import environment
from scrum.local.ports import require_free_port
from scrum.local.prepare import load_environment, prepare

DEMO_USERNAME = "demo"
DEMO_PASSWORD = "test"  # noqa: S105 - what the demo data's people share, told to everybody
PROGRAMS = Path(sys.executable).parent


def require_free_ports(*, with_vite: bool) -> None:
    """Refuse while a port of the stack is taken, before anything of it has started."""
    address = environment.bind_address()
    require_free_port(address, environment.web_port(), variable="PORT")
    require_free_port(address, environment.watercooler_port(), variable="WATERCOOLER_PORT")
    if with_vite:
        require_free_port(address, environment.vite_port(), variable="VITE_PORT")


def seed_demo_once() -> None:
    """Fill a database that nobody has used yet, and only where DEBUG is on.

    Redis has not started by then; the relay publishes what is written here.
    """
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    if settings.DEBUG and not get_user_model().objects.exists():
        logging.getLogger("board").setLevel(logging.ERROR)
        call_command("seed_demo", stdout=io.StringIO())


def welcome() -> str:
    """Where to open the board and, while the demo data is there, how to sign in."""
    from django.contrib.auth import get_user_model

    lines = [f"Open the board at http://localhost:{environment.web_port()}"]
    if get_user_model().objects.filter(username=DEMO_USERNAME, is_active=True).exists():
        lines.append(f"Sign in as {DEMO_USERNAME} with the password {DEMO_PASSWORD}.")
    lines.append("Ctrl-C stops everything.")
    return "\n".join(f"  {line}" for line in lines)


def become_honcho(procfile: str) -> NoReturn:
    """Replace this process, so that signals reach honcho itself."""
    os.environ["PATH"] = f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    os.environ["PORT"] = str(environment.web_port())
    os.environ["VITE_PORT"] = str(environment.vite_port())
    os.environ["BIND_ADDRESS"] = environment.bind_address()
    os.execv(PROGRAMS / "honcho", ["honcho", "-f", procfile, "start"])  # noqa: S606 - fixed words


def main(procfile: str) -> None:
    is_dev = procfile == "Procfile.dev"
    try:
        given = load_environment()
        require_free_ports(with_vite=is_dev)
        prepare(given)
        seed_demo_once()
    except environment.EnvironmentRefused as error:
        sys.exit(str(error))
    print(f"\n{welcome()}\n", flush=True)
    become_honcho(procfile)


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["Procfile"]))
