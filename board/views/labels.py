"""Labels of projects."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from board import access, services
from board.api import actor_of, if_match, repeatable
from board.filters import LabelFilter
from board.models import Label
from board.serializers import LabelSerializer
from board.views.base import PRECONDITION, BoardViewSet


@extend_schema_view(
    destroy=extend_schema(parameters=[PRECONDITION]),
    update=extend_schema(parameters=[PRECONDITION]),
    partial_update=extend_schema(parameters=[PRECONDITION]),
)
class LabelViewSet(BoardViewSet):
    """Labels, which tasks of their project may carry."""

    queryset = Label.objects.none()
    serializer_class = LabelSerializer
    filterset_class = LabelFilter
    search_fields = ["name"]
    ordering_fields = ["name"]

    def get_queryset(self) -> QuerySet[Label]:
        return access.visible_labels(self.user)

    @repeatable
    def create(self, request: Request) -> Response:
        """Add a label to a project; `name` is enough."""
        given = self.given()
        project = self.project_named(given)
        label = services.create_label(actor=actor_of(request), project=project, given=given)
        return Response(self.present(label), status=status.HTTP_201_CREATED)

    def update(self, request: Request, pk: str) -> Response:
        """Change a label; takes back what a GET gave."""
        return self.partial_update(request, pk)

    @repeatable
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the name or the colour."""
        label = self._writable_label()
        given = self.given(label)
        given.pop("project", None)
        label = services.update_label(
            actor=actor_of(request), label=label, given=given, if_match=if_match(request)
        )
        return Response(self.present(label))

    @repeatable
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a label; no task carries it any more."""
        label = self._writable_label()
        services.delete_label(actor=actor_of(request), label=label, if_match=if_match(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _writable_label(self) -> Label:
        label: Label = self.get_object()
        access.ensure_writer(access.own_role(label), label.project)
        return label
