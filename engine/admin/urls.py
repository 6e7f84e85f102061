"""Addresses of the admin's pages that are not about rows of a tenant, below /admin/jobs."""

from django.urls import path

from engine.admin import jobs

urlpatterns = [
    path("", jobs.page, name="jobs"),
    path("/<str:name>/run", jobs.run, name="job_run"),
]
