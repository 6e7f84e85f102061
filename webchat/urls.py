"""Addresses of the widget and of the pages that show it."""

from django.urls import path

from webchat import api

urlpatterns = [
    path("api/v1/integrations/web-chat/token/<str:integration_id>", api.TokenView.as_view()),
]
