"""The alternative in ``benchmarks.api``: tasks as Django REST framework's tutorial has them."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import include, path
from rest_framework import permissions, routers, serializers, viewsets
from rest_framework.request import Request

from board.access import WRITERS, requester
from board.models import Membership, Task
from scrum import urls


class PlainTaskSerializer(serializers.ModelSerializer[Task]):
    assigned = serializers.CharField(source="assigned.username", default=None, read_only=True)
    labels: Any = serializers.SlugRelatedField(
        source="task_labels", slug_field="label_id", many=True, read_only=True
    )

    class Meta:
        model = Task
        fields = "__all__"


class MayWrite(permissions.BasePermission):
    """As the tutorial's ``IsOwnerOrReadOnly``, asking for the person's role in the project."""

    def has_object_permission(self, request: Request, view: Any, obj: Task) -> bool:
        members = Membership.objects.filter(project=obj.project_id, user=requester(request))
        return request.method in permissions.SAFE_METHODS or (
            members.filter(role__in=WRITERS).exists()
        )


class PlainTaskViewSet(viewsets.ModelViewSet[Task]):
    queryset = Task.objects.select_related("assigned").prefetch_related("task_labels")
    serializer_class = PlainTaskSerializer
    permission_classes = (permissions.IsAuthenticated, MayWrite)
    pagination_class = None
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Task]:
        mine = Q(project__memberships__user=requester(self.request))
        tasks = super().get_queryset().filter(mine, deleted_at__isnull=True)
        if sprint := self.request.query_params.get("sprint"):
            return tasks.filter(sprint=int(sprint))
        if limit := self.request.query_params.get("limit"):
            return tasks[: int(limit)]
        return tasks


router = routers.SimpleRouter()
router.register("tasks", PlainTaskViewSet, basename="plain-task")

urlpatterns: list[Any] = [path("plain/", include(router.urls)), *urls.urlpatterns]
