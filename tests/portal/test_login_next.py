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


def test_the_desk_logs_out_to_its_own_log_in(acme):
    after = f"{reverse('admin:login')}?next={reverse('desk')}"
    browser = acme.browser("agent")
    assert f'name="next" value="{after}"' in browser.get(reverse("desk")).content.decode()
    assert browser.post(reverse("admin:logout"), {"next": after})["Location"] == after
    assert browser.get(reverse("desk")).status_code == 302


def test_the_page_after_a_log_out_offers_to_log_in_again(acme):
    shown = acme.browser("agent").post(reverse("admin:logout")).content.decode()
    assert "You are logged out" in shown
    assert "quality time" not in shown
