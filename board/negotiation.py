"""Answers that are of one type, whatever is asked for."""

from rest_framework.negotiation import BaseContentNegotiation


class WhateverIsAccepted(BaseContentNegotiation):
    """The bytes are of the type that they are of; errors are JSON."""

    def select_parser(self, request, parsers):  # type: ignore[no-untyped-def]
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):  # type: ignore[no-untyped-def]
        return renderers[0], renderers[0].media_type
