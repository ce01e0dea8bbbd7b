"""``manage.py redis_prefix``: the id of this installation, for watercooler's environment."""

from typing import Any

from django.core.management.base import BaseCommand

from board.models import Installation


class Command(BaseCommand):
    help = "Print what to set REDIS_PREFIX to, for web, relay and watercooler alike."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(Installation.current_prefix())
