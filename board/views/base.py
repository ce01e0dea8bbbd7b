"""What the views of one kind of object share."""

from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext
from drf_spectacular.utils import (
    OpenApiParameter,
)
from rest_framework import mixins
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from board import access, queries
from board.models import Project
from board.representations import Json

PRECONDITION = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description='The version to change, such as "3".'
)


class BoardViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Any]):
    """Lists and single objects; single ones carry their version as ETag."""

    lookup_value_regex = "[^/]+"
    ordering_fields: ClassVar[list[str]] = []

    @property
    def user(self) -> User:
        return access.requester(self.request)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filters are for lists: a single object is found by its path alone."""
        return queryset if self.detail else super().filter_queryset(queryset)

    def given(self, instance: Any = None) -> Json:
        """The checked fields of the request; for a change only those that it has."""
        serializer = self.get_serializer(
            instance, data=self.request.data, partial=instance is not None
        )
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def present(self, instance: Any) -> Json:
        return dict(self.get_serializer(instance).data)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code < 300 and _is_versioned(getattr(response, "data", None)):
            response["ETag"] = f'"{response.data["version"]}"'
        return response

    def project_named(self, given: Json) -> Project:
        """The project of a new object: the named one, its sprint's, or the default one."""
        sprint = given.get("sprint")
        project = given.pop("project", None)
        project = project or (sprint and sprint.project) or queries.default_project(self.user)
        if project is None:
            raise ValidationError({"project": [gettext("You are not in a project yet; name one.")]})
        access.ensure_writer(access.role_in(self.user, project.pk), project)
        return project


def _is_versioned(data: Any) -> bool:
    return isinstance(data, dict) and "version" in data
