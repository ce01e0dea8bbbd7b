"""The alternative in ``benchmarks.api``: tasks as Django REST framework's tutorial has them."""

from typing import Any

from django.db.models import QuerySet
from django.urls import include, path
from rest_framework import routers, serializers, viewsets

from board.models import Task
from scrum import urls


class PlainTaskSerializer(serializers.ModelSerializer[Task]):
    assigned = serializers.CharField(source="assigned.username", default=None, read_only=True)

    class Meta:
        model = Task
        fields = "__all__"


class PlainTaskViewSet(viewsets.ModelViewSet[Task]):
    queryset = Task.objects.select_related("assigned")
    serializer_class = PlainTaskSerializer
    pagination_class = None
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Task]:
        tasks = super().get_queryset()
        if sprint := self.request.query_params.get("sprint"):
            return tasks.filter(sprint=int(sprint))
        if limit := self.request.query_params.get("limit"):
            return tasks[: int(limit)]
        return tasks


router = routers.SimpleRouter()
router.register("tasks", PlainTaskViewSet, basename="plain-task")

urlpatterns: list[Any] = [path("plain/", include(router.urls)), *urls.urlpatterns]
