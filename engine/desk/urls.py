"""Addresses of the desk, below /admin/desk."""

from django.urls import path
from django.views.i18n import JavaScriptCatalog

from engine.desk import views

urlpatterns = [
    path("", views.page),
    path("/", views.page, name="desk"),
    path("/texts.js", JavaScriptCatalog.as_view(), name="desk-texts"),
    path("/conversations", views.conversations),
    path("/conversations/<uuid:conversation_id>", views.thread),
    path("/conversations/<uuid:conversation_id>/commands", views.commands),
    path("/conversations/<uuid:conversation_id>/reply", views.reply),
    path("/conversations/<uuid:conversation_id>/signal", views.signal),
    path("/conversations/<uuid:conversation_id>/side", views.side),
    path("/conversations/<uuid:conversation_id>/close", views.close),
]
