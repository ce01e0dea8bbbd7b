"""Registers the app, and its own admin site, with Django."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class BoardConfig(AppConfig):
    name = "board"
    default = True

    def ready(self) -> None:
        # Imports models, which are there only now.
        from board import audit_signals

        audit_signals.connect()


class BoardAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "board.admin_site.BoardAdminSite"
