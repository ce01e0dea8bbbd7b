"""Registers the app with Django."""

from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "board"
