"""Why live updates do not come, as far as this side can tell."""

from dataclasses import asdict

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from board.doctor.recent import recent
from board.schema import FindingSerializer

RETRY_AFTER_SECONDS = 2


class DoctorView(APIView):
    """The server's side of `manage.py doctor`, for everybody who is signed in."""

    @extend_schema(responses={200: FindingSerializer(many=True)})
    def get(self, request: Request) -> Response:
        """Examine database, secrets, Redis, relay and watercooler; may take some seconds.

        An examination counts for 5 s; while one is under way, others are answered 429 with
        `Retry-After`. No message holds a secret.
        """
        findings = recent.take()
        if findings is None:
            raise Throttled(
                RETRY_AFTER_SECONDS, gettext("The doctor is at work; ask again in a moment.")
            )
        return Response([asdict(finding) for finding in findings])
