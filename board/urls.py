"""Routes below ``/api/``: every path with and without its slash, for every method."""

from django.urls import URLPattern, URLResolver, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from board import views


class OptionalSlashRouter(SimpleRouter):
    """Both slash forms without a redirect, which would lose the body of a POST."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"


router = OptionalSlashRouter()
router.register("projects", views.ProjectViewSet, basename="project")
router.register("memberships", views.MembershipViewSet, basename="membership")
router.register("invitations", views.InvitationViewSet, basename="invitation")
router.register("users", views.UserViewSet, basename="user")
router.register("sprints", views.SprintViewSet, basename="sprint")
router.register("tasks", views.TaskViewSet, basename="task")
router.register("comments", views.CommentViewSet, basename="comment")
router.register("checklist-items", views.ChecklistItemViewSet, basename="checklist-item")
router.register("labels", views.LabelViewSet, basename="label")
router.register("attachments", views.AttachmentViewSet, basename="attachment")
router.register("tokens", views.TokenViewSet, basename="api-token")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    re_path(r"^doctor/?$", views.DoctorView.as_view(), name="doctor"),
    re_path(r"^sprints/(?P<pk>[^/]+)/share/?$", views.ShareView.as_view(), name="share"),
    re_path(r"^changes/(?P<change>[0-9A-Z]{26})/undo/?$", views.UndoView.as_view(), name="undo"),
    re_path(r"^tasks/(?P<pk>[^/]+)/history/?$", views.TaskHistoryView.as_view(), name="history"),
    re_path(r"^projects/(?P<pk>[^/]+)/activity/?$", views.ActivityView.as_view(), name="activity"),
    re_path(
        r"^projects/(?P<pk>[^/]+)/activity/days/?$",
        views.ActivityDaysView.as_view(),
        name="activity-days",
    ),
    re_path(r"^sprints/(?P<pk>[^/]+)/news/?$", views.NewsView.as_view(), name="news"),
    re_path(r"^sprints/(?P<pk>[^/]+)/seen/?$", views.SeenView.as_view(), name="seen"),
    re_path(r"^shared/board/?$", views.SharedBoardView.as_view(), name="shared-board"),
    re_path(r"^shared/ticket/?$", views.SharedTicketView.as_view(), name="shared-ticket"),
    re_path(r"^me/?$", views.MeView.as_view(), name="me"),
    re_path(r"^me/picture/?$", views.OwnPictureView.as_view(), name="own-picture"),
    re_path(r"^token/?$", views.TokenView.as_view(), name="token"),
    re_path(r"^schema/?$", SpectacularAPIView.as_view(), name="schema"),
]
