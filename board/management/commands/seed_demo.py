"""``manage.py seed_demo``: the demo team, and boards of any size to try things on."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from board import demo


class Command(BaseCommand):
    help = "Make the demo team and its project WEB; never in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--tasks",
            type=int,
            default=0,
            metavar="N",
            help="also add N tasks to the current sprint of WEB",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "The demo team has a password that everybody knows: it is only made with DEBUG=on."
            )
        if options["tasks"] < 0:
            raise CommandError("--tasks takes a number from 0 up.")
        project = demo.seed_demo_team()
        demo.seed_tasks(project=project, count=options["tasks"])
        self.stdout.write("The demo team is there: sign in as demo with the password test.")
