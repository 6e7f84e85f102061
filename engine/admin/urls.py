"""Addresses of the admin's pages that are not about rows of a tenant, below /admin/."""

from django.urls import path

from engine.admin import disclosures, jobs, preview

urlpatterns = [
    path("jobs", jobs.page, name="jobs"),
    path("jobs/<str:name>/run", jobs.run, name="job_run"),
    path("disclosures/<str:hub_id>.csv", disclosures.report, name="disclosure_report"),
    path("preview", preview.page, name="preview"),
    path("preview/drawn", preview.drawn, name="preview_drawn"),
]
