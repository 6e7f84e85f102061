"""Every page of the admin, the desk and every mail speaks through gettext: no text stands outside its brackets."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from engine import adapters
from engine.actions.notices import do_notify
from engine.jobs import mail as mails
from engine.models import Delivery
from portal.models import User
from tests import pseudo
from tests.portal.test_admin_scope import MODELS, furnish, page

# What stands on pages in no language: names of products, protocols and units, and examples in empty fields.
NAMES = {
    "Hubster", "HTTP", "UTC", "WebChat", "Direct", "System", "https://", "shop.example.com", "https://www.example.com",
    "-----BEGIN PUBLIC KEY-----", "a.example.com", "full name", "Full name", "Device", "YouTube", "md5", "ms",
} | {one.label for one in adapters.all_channels() if isinstance(one.title, str)}  # fmt: skip
ASKED = re.compile(r"text/html")


@pytest.fixture
def rows(acme):
    return furnish(acme)


@pytest.fixture
def operator(db, client):
    client.force_login(User.objects.create(username="op", is_staff=True, is_superuser=True))
    return client


def bare(browser: Client, path: str) -> list[str]:
    """The texts of a page that are not translated. Pages that this person may not see are pages too."""
    with pseudo.bracketed():
        answer = browser.get(path)
    assert answer.status_code in (200, 302, 403, 404), path
    if not ASKED.match(answer.headers.get("Content-Type", "")):
        return []
    return pseudo.bare_texts(answer.content.decode(), NAMES | pseudo.stored_texts())


@pytest.mark.parametrize("who", ["operator", "owner", "agent"])
@pytest.mark.parametrize("model", MODELS)
def test_every_page_of_a_model_is_translated(acme, rows, operator, model, who):
    browser = operator if who == "operator" else acme.browser(who)
    key = rows[model].pk
    listed = page(model, "changelist")
    paths = [listed, f"{listed}?q=nothing-has-this-name", page(model, "add"), page(model, "change", key),
             page(model, "delete", key)]  # fmt: skip
    assert {path: texts for path in paths if (texts := bare(browser, path))} == {}


@pytest.mark.parametrize("who", ["operator", "owner", "agent"])
@pytest.mark.parametrize("name", ["admin:index", "jobs", "preview", "desk", "admin:password_change", None])
def test_every_other_page_is_translated(acme, rows, operator, name, who):
    browser = operator if who == "operator" else acme.browser(who)
    path = reverse(name) if name else "/admin/no-such-page/"
    assert bare(browser, path) == []


def test_the_login_is_translated(db):
    assert bare(Client(), "/admin/login/") == []


@pytest.mark.parametrize("channel", ["WebChat", "Direct", "System"])
def test_the_form_of_every_channel_is_translated(acme, rows, channel):
    row = acme.hub.integrations.filter(channel=channel).first()
    owner = acme.browser("owner")
    assert bare(owner, f"{reverse('admin:portal_integration_add')}?channel={channel}") == []
    assert bare(owner, reverse("admin:portal_integration_change", args=[row.pk])) == []
    assert bare(owner, reverse("admin:portal_integration_rotate", args=[row.pk])) == []


@pytest.mark.parametrize("status", Delivery.Status.values)
def test_a_delivery_of_every_status_is_translated(acme, rows, status):
    Delivery.objects.filter(pk=rows[Delivery].pk).update(status=status)
    assert bare(acme.browser("owner"), page(Delivery, "change", rows[Delivery].pk)) == []


def test_what_a_form_refuses_is_translated(acme, rows):
    with pseudo.bracketed():
        answer = acme.browser("owner").post(reverse("admin:portal_hub_add"), {"name": ""})
    assert answer.status_code == 200
    assert pseudo.bare_texts(answer.content.decode(), NAMES | pseudo.stored_texts()) == []


def test_a_mail_is_translated(acme):
    User.objects.filter(role="owner").update(email="owner@acme.example.com")
    do_notify(acme.tenant.id, acme.agent.id, "delivery_failed", "Acme words")
    with pseudo.bracketed():
        mails.do_tell_owners()
    (letter,) = mail.outbox
    known = {*NAMES, *pseudo.stored_texts(), *re.findall(r"https?://\S+", letter.body)}
    assert pseudo.bare_texts(letter.alternatives[0][0], known) == []
    assert pseudo.bare_texts(f"<p>{letter.body}</p>", known) == []


def test_what_the_desk_refuses_is_translated(acme, rows):
    with pseudo.bracketed():
        answer = Client().get("/admin/desk/conversations")
    assert answer.status_code == 401
    assert answer.json()["error"].startswith("⟦")


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>Bare</p>", ["Bare"]),
        ("<p>⟦Said⟧</p>", []),
        ("<p>⟦Press <kbd>Enter</kbd> now⟧</p>", []),
        ("<p>⟦Said⟧ and more</p>", ["⟦Said⟧ and more"]),
        ('<a title="Bare">⟦Said⟧</a>', ["Bare"]),
        ("<code>Bare</code><script>var bare;</script>", []),
        ("<p>Acme</p>", []),
    ],
)
def test_the_reader_of_pages_finds_bare_texts(html, found):
    assert pseudo.bare_texts(html, {"Acme"}) == found
