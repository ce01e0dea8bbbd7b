"""Routes: the API, the admin, sign-in, and the pages of the client."""

from allauth.socialaccount.providers.openid_connect.views import callback
from django.contrib import admin
from django.urls import include, path, re_path

from board.pages import client_page, not_found_page, service_worker
from board.views import RootView

# The client's own routes (client/src/lib/routes.ts); any other path answers 404.
PAGES = (
    r"^(?:|doctor|projects|projects/\d+|projects/\d+/settings|sprints/\d+|sprints/\d+/tasks/\d+"
    r"|sign-in|sign-up|verify-email|password/reset|password/reset/key|join|shared|account)/?$"
)

# The name by which django-allauth looks it up.
OIDC_CALLBACK = "openid_connect_callback"

urlpatterns = [
    re_path(r"^api/?$", RootView.as_view(), name="api-root"),
    path("api/", include("board.urls")),
    path("admin/", admin.site.urls),
    path("_allauth/", include("allauth.headless.urls")),
    # Where identity providers send people back to; the headless API has the rest.
    path("accounts/oidc/<str:provider_id>/login/callback/", callback, name=OIDC_CALLBACK),
    re_path(PAGES, client_page, name="client"),
    path("service-worker.js", service_worker, name="service-worker"),
    # A route, since DEBUG puts a page of its own before handler404.
    re_path("", not_found_page),
]
handler404 = not_found_page
