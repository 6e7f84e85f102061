"""All addresses: Identity, Portal, Engine, the widget, the admin."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from hubster.lib.openapi import views as openapi

urlpatterns = [
    path("", include("engine.urls")),
    path("docs/api-reference", include("webchat.reference.urls")),  # before the page of any document's name
    path("", include("webchat.urls")),  # before the portal, whose integrations/{id}/… would take its token path
    path("", include("portal.urls")),
    path("api/openapi.json", openapi.openapi_json, name="openapi"),
    path("admin/desk", include("engine.desk.urls")),
    path("admin/", include("engine.admin.urls")),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", admin.site.urls),
]
handler400 = "hubster.lib.middleware.bad_request"
handler404 = "hubster.lib.middleware.not_found"
handler500 = "hubster.lib.middleware.server_error"
