"""Files of tasks: their rows as everything else, and their bytes."""

from django.db.models import QuerySet
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from board import access, services
from board.api import actor_of, etag_of, has_already, if_match, repeatable
from board.detail_serializers import AttachmentSerializer
from board.errors import AlreadyGone
from board.files import PICTURES
from board.filters import AttachmentFilter
from board.limits import UPLOADS
from board.models import Attachment, Task
from board.negotiation import WhateverIsAccepted
from board.views.base import PRECONDITION
from board.views.details import DetailViewSet

# A file never changes: another one has another address. Only who asked may keep it.
FOR_EVER = "private, max-age=31536000, immutable"
# Should a browser open what somebody uploaded after all, it is a page that can do nothing.
POLICY = "default-src 'none'; sandbox"
INLINE = OpenApiParameter(
    "inline", str, enum=["1"], description="Shown in place, if it is a PNG, JPEG, GIF or WebP."
)


class AttachmentViewSet(DetailViewSet):
    """Files of tasks, the oldest first."""

    queryset = Attachment.objects.none()
    serializer_class = AttachmentSerializer
    filterset_class = AttachmentFilter
    limits = {"create": UPLOADS}

    def get_queryset(self) -> QuerySet[Attachment]:
        visible = access.visible_details(self.user, Attachment)
        return visible.select_related("uploaded_by")

    @extend_schema(request={"multipart/form-data": AttachmentSerializer})
    def create(self, request: Request) -> Response:
        """Attach a file to a task."""
        task, given = self.given_with_task()
        with services.stored_file(given["file"]) as stored:
            return self._attach(request, task, stored)

    @repeatable
    def _attach(self, request: Request, task: Task, stored: services.StoredFile) -> Response:
        """What is in a transaction, if the request may be repeated; the file must outlive it."""
        attachment = services.create_attachment(actor=actor_of(request), task=task, stored=stored)
        return Response(self.present(attachment), status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[PRECONDITION])
    @repeatable
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a file away: for who uploaded it and for owners of the project."""
        attachment = self.writable()
        access.ensure_author_or_owner(
            self.user, attachment.uploaded_by, access.own_role(attachment)
        )
        services.delete_attachment(
            actor=actor_of(request), attachment=attachment, if_match=if_match(request)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(parameters=[INLINE], responses={(200, "*/*"): OpenApiTypes.BINARY, 304: None})
    @action(detail=True, content_negotiation_class=WhateverIsAccepted)
    def file(self, request: Request, pk: str) -> HttpResponseBase:
        """The bytes, to be saved under the file's name."""
        attachment: Attachment = self.get_object()
        etag = etag_of(attachment.file.name)
        answer: HttpResponseBase
        if has_already(request, etag):
            answer = Response(status=status.HTTP_304_NOT_MODIFIED)
        else:
            answer = _bytes_of(attachment, is_inline=request.query_params.get("inline") == "1")
        answer["ETag"] = etag
        answer["Cache-Control"] = FOR_EVER
        answer["Content-Security-Policy"] = POLICY
        return answer


def _bytes_of(attachment: Attachment, *, is_inline: bool) -> FileResponse:
    try:
        file = attachment.file.open("rb")
    except FileNotFoundError as error:
        raise AlreadyGone(
            gettext(
                "The server has lost the bytes of this file: it can only come back from a backup."
            )
        ) from error
    return FileResponse(
        file,
        as_attachment=not (is_inline and attachment.content_type in PICTURES),
        filename=attachment.name,
        content_type=attachment.content_type,
    )
