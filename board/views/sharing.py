"""Public links of sprints: for the owners who make them, and for the guests who come by them."""

from django.conf import settings
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.gzip import gzip_page
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.authentication import get_authorization_header
from rest_framework.exceptions import NotAuthenticated
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from board import access, queries, services
from board.api import actor_of, base_url, etag_of, has_already, repeatable, uncached
from board.errors import LinkEnded
from board.limits import BOARDS
from board.links import Purpose, link_of
from board.models import SharedLink, Sprint
from board.representations import (
    Json,
    card_bodies,
    label_body,
    membership_body,
    project_body,
    shared_link_body,
    sprint_body,
)
from board.schema import (
    LINK_ERRORS,
    NO_TOKEN,
    NOT_AN_OWNER,
    SharedBoardSerializer,
    SharedLinkSerializer,
    TicketSerializer,
)
from board.tickets import shared_channel_url

SHARE_TOKEN = OpenApiParameter(
    "Authorization",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="`Share <token>`: what stands behind the `#` of a public link.",
)


class ShareView(APIView):
    """The public link of a sprint; for owners of its project."""

    @extend_schema(responses={200: SharedLinkSerializer, 403: NOT_AN_OWNER})
    def get(self, request: Request, pk: str) -> Response:
        """The link, or nulls while the sprint is not shared."""
        sprint = self._sprint(pk)
        access.ensure_owner(access.requester(request), sprint.project_id)
        return Response(self._body(sprint))

    @extend_schema(request=None, responses={201: SharedLinkSerializer})
    def post(self, request: Request, pk: str) -> Response:
        """Make a link; one that there was before ends."""
        sprint = self._sprint(pk)
        access.ensure_managed(access.requester(request), sprint.project)
        self._share(request, sprint)
        return Response(self._body(sprint), status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={204: None})
    @repeatable
    def delete(self, request: Request, pk: str) -> Response:
        """End the link, and with it what its guests have open."""
        sprint = self._sprint(pk)
        access.ensure_owner(access.requester(request), sprint.project_id)
        services.stop_sharing(actor=actor_of(request), sprint=sprint)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @repeatable
    def _share(self, request: Request, sprint: Sprint) -> Response:
        """Make the link once; the answer that is kept for repeats does not hold it."""
        services.share_sprint(actor=actor_of(request), sprint=sprint)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _sprint(self, pk: str) -> Sprint:
        visible = access.visible_sprints(access.requester(self.request))
        return get_object_or_404(visible.select_related("project"), pk=pk)

    def _body(self, sprint: Sprint) -> dict[str, str | None]:
        link = SharedLink.objects.filter(sprint=sprint).select_related("created_by").first()
        origin = base_url(self.request)
        url = link_of(Purpose.SHARED_BOARD, link.secret, origin=origin) if link else None
        return {"link": url, **shared_link_body(link)}


class GuestView(APIView):
    """What a public link opens. Whoever is signed in comes as a guest here, too."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    limits = {"get": BOARDS, "post": BOARDS}

    @property
    def token(self) -> str:
        """The token of the request; raises ``NotAuthenticated`` when it brings none."""
        scheme, _, token = get_authorization_header(self.request).decode("latin-1").partition(" ")
        if scheme.lower() != "share":
            raise NotAuthenticated(gettext("Open this with the whole link that you were sent."))
        return token.strip()

    def get_authenticate_header(self, request: Request) -> str:
        return "Share"


class SharedBoardView(GuestView):
    """The board of a sprint that is shared by a public link."""

    @extend_schema(
        auth=[],
        parameters=[SHARE_TOKEN],
        responses={200: SharedBoardSerializer, 304: None, 401: NO_TOKEN} | LINK_ERRORS,
    )
    @method_decorator(gzip_page)
    def get(self, request: Request) -> Response:
        """As a sprint's board, without the backlog, without links, and with few words on people."""
        etag = self._etag(queries.shared_link_of(self.token))
        if has_already(request, etag):
            return uncached(Response(status=status.HTTP_304_NOT_MODIFIED), etag)
        board = queries.shared_board(self.token)
        return uncached(Response(shared_board_body(board)), etag)

    def _etag(self, link: SharedLink) -> str:
        sprint = link.sprint
        # The project's end counts too: the names of sprint and people are announced there.
        ends = sorted(queries.board_positions(sprint).items())
        return etag_of(link.pk, sprint.project.today(), settings.VERSION, ends)


def shared_board_body(board: queries.Board) -> Json:
    """A board for guests: no links, since none of them would open."""
    project = board.sprint.project
    cards = card_bodies(board.tasks, board.card_labels, project)
    return {
        "sprint": _without_links(sprint_body(board.sprint)),
        "project": _without_links(project_body(project)),
        "tasks": [_without_links(card) for card in cards],
        "backlog": [],
        "labels": [_without_links(label_body(label)) for label in board.labels],
        "members": [_name_of(membership_body(member)) for member in board.members],
        "channels": board.channels,
        "today": board.today.isoformat(),
        "role": board.role,
    }


def _without_links(body: Json) -> Json:
    return {**body, "links": {}}


def _name_of(member: Json) -> Json:
    return {name: member[name] for name in ("id", "project", "user", "full_name")}


class SharedTicketView(GuestView):
    """Live changes of a sprint that is shared by a public link."""

    @extend_schema(
        auth=[],
        parameters=[SHARE_TOKEN],
        request=None,
        responses={200: TicketSerializer, 401: NO_TOKEN} | LINK_ERRORS,
    )
    def post(self, request: Request) -> Response:
        """A websocket URL with a fresh ticket."""
        url = shared_channel_url(request, queries.shared_link_of(self.token))
        if url is None:
            raise LinkEnded(gettext("This board is not shared any more."))
        return Response({"channel": url})
