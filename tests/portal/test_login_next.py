"""The page after the log-in: one of ours, or the start page; never another site and never an error."""

import pytest
from django.urls import reverse

from tests.cast import PASSWORD

FOREIGN = [
    "https://evil.example/", "http://evil.example", "//evil.example", "///evil.example", "https:evil.example",
    "https:///evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "data:text/html,x",
    " //evil.example", "\t//evil.example", "http://testserver@evil.example/", "",
]  # fmt: skip


@pytest.mark.parametrize("asked", FOREIGN)
@pytest.mark.parametrize("place", ["query", "form"])
def test_a_foreign_address_leads_to_the_start_page(acme, client, asked, place):
    form = {"username": "acme-manager", "password": PASSWORD, **({"next": asked} if place == "form" else {})}
    path = reverse("admin:login")
    answer = client.post(path, form, query_params={"next": asked} if place == "query" else {})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("asked", ["/admin/portal/hub/", "/admin/desk/", "/admin/portal/hub/?q=a&status__exact=2000"])
def test_an_address_of_ours_is_kept(acme, client, asked):
    form = {"username": "acme-manager", "password": PASSWORD, "next": asked}
    assert client.post(reverse("admin:login"), form)["Location"] == asked


@pytest.mark.parametrize("asked", FOREIGN[:8])
def test_leaving_leads_to_no_other_site(acme, asked):
    answer = acme.browser("manager").post(reverse("admin:logout"), {"next": asked})
    assert "evil" not in answer.headers.get("Location", "")
