"""``make setup``: writes secrets, migrates the database and collects static files.

Every step may be repeated; what is there already stays.
"""

import os
import secrets
import sys
from collections.abc import Set

import django
from django.core.management import call_command

from scrum import environment
from scrum.local.env_file import write_variables

ENV_FILE = environment.ROOT / ".env"


def load_environment() -> Set[str]:
    """Fill ``os.environ`` from the file; return the names that were set before."""
    given = {name for name, value in os.environ.items() if value}
    environment.load_env_file(ENV_FILE)
    return given


def prepare(given: Set[str]) -> None:
    """Bring this checkout to the point where ``honcho start`` works.

    ``given`` names the variables that do not come from the file. Afterwards ``os.environ`` holds
    all that the processes need, and Django is set up. Raises ``EnvironmentRefused``.
    """
    environment.ensure_var_dir()
    write_missing_secrets()
    if "REDIS_PREFIX" not in given:
        # Django must not take the file's id for one that somebody chose: the database's own counts.
        os.environ["REDIS_PREFIX"] = ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrum.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if "REDIS_PREFIX" not in given:
        take_prefix_from_database(is_usual_stack=not given & {"VAR_DIR", "DATABASE_URL"})


def write_missing_secrets() -> None:
    """Make the secrets that neither the environment nor the file has."""
    missing = {
        name: value
        for name, value in {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "WATERCOOLER_SECRET": f"local:{secrets.token_urlsafe(32)}",
        }.items()
        if not os.environ.get(name)
    }
    if missing:
        write_variables(ENV_FILE, missing)
        os.environ.update(missing)


def take_prefix_from_database(*, is_usual_stack: bool) -> None:
    """Hand the installation's id to watercooler, which never opens the database.

    A second stack, with a database of its own, leaves the usual one's id in the file.
    """
    from board.models import Installation

    prefix = Installation.current_prefix()
    os.environ["REDIS_PREFIX"] = prefix
    if is_usual_stack:
        write_variables(ENV_FILE, {"REDIS_PREFIX": prefix})


def main() -> None:
    try:
        prepare(load_environment())
    except environment.EnvironmentRefused as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
