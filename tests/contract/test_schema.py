"""The OpenAPI schema: complete, and made without a warning."""

import io

from django.core.management import call_command


def test_schema_is_made_without_a_warning() -> None:
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert "/api/tasks/{id}/move" in out.getvalue()
