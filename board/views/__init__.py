"""HTTP in, HTTP out: parse, ask ``access``, call a service or a query, answer."""

from board.views.attachments import AttachmentViewSet
from board.views.details import ChecklistItemViewSet, CommentViewSet
from board.views.doctor import DoctorView
from board.views.history import (
    ActivityDaysView,
    ActivityView,
    NewsView,
    SeenView,
    TaskHistoryView,
    UndoView,
)
from board.views.invitations import InvitationViewSet
from board.views.labels import LabelViewSet
from board.views.people import MeView, OwnPictureView, UserViewSet
from board.views.projects import MembershipViewSet, ProjectViewSet
from board.views.root import RootView
from board.views.sharing import SharedBoardView, SharedTicketView, ShareView
from board.views.sprints import SprintViewSet
from board.views.tasks import TaskViewSet
from board.views.tokens import TokenView, TokenViewSet

__all__ = [
    "ActivityDaysView",
    "ActivityView",
    "AttachmentViewSet",
    "ChecklistItemViewSet",
    "CommentViewSet",
    "DoctorView",
    "InvitationViewSet",
    "LabelViewSet",
    "MeView",
    "MembershipViewSet",
    "NewsView",
    "OwnPictureView",
    "ProjectViewSet",
    "RootView",
    "SeenView",
    "ShareView",
    "SharedBoardView",
    "SharedTicketView",
    "SprintViewSet",
    "TaskHistoryView",
    "TaskViewSet",
    "TokenView",
    "TokenViewSet",
    "UndoView",
    "UserViewSet",
]
