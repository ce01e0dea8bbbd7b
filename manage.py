#!/usr/bin/env python
"""Django's entry point for administrative commands."""

import os
import sys

from django.core.management import execute_from_command_line

from scrum.environment import EnvironmentRefused


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrum.settings")
    try:
        execute_from_command_line(sys.argv)
    except EnvironmentRefused as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
