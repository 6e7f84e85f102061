"""Addresses of the API reference."""

from django.urls import path, re_path

from webchat.reference import views

urlpatterns = [
    path("", views.overview, name="api-reference"),
    path("/", views.overview),
    re_path(r"^/try/?$", views.interactive, name="api-try"),
    re_path(r"^/(?P<slug>[a-z-]+)/?$", views.group, name="api-group"),
]
