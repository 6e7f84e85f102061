"""Addresses of the widget and of the pages that show it."""

from django.urls import path, re_path

from webchat import api, demo_bot, docs, views
from webchat.bundle import FOLDER, NAME

_SCRIPT = FOLDER.removeprefix("/") + NAME
urlpatterns = [
    path("", views.home, name="home"),
    path("demo/support", views.support, name="support"),
    path("demo/bot", demo_bot.receive),
    path("docs", docs.show),
    path("docs/", docs.show, name="docs"),
    re_path(r"^docs/images/(?P<name>[a-z0-9-]+\.(?:png|svg))$", docs.picture),
    re_path(r"^docs/(?P<slug>[a-z0-9-]+)/?$", docs.show, name="doc"),
    path(f"{_SCRIPT}.min.js", views.script, name="widget"),
    path(f"{_SCRIPT}-core.min.js", views.core_script),
    path(f"{_SCRIPT}.<slug:version>.min.js", views.versioned_script),
    path("api/v1/integrations/web-chat/token/<str:integration_id>", api.TokenView.as_view()),
]
