"""The lists of changes, alerts and webhooks: each row is on one page, in order, forth and back."""

import random
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engine.admin.endpoints import EndpointAdmin
from engine.admin.notices import NoticeAdmin
from engine.models import Endpoint, Notice
from hubster.lib import keyset
from portal.admin.audit import AuditAdmin
from portal.models import AuditEntry, Integration

SIZE, MANY = 7, 24
NOBODY = "ffffffff-ffff-ffff-ffff-ffffffffffff"
START = datetime(2031, 5, 1, 12, tzinfo=UTC)


def moments() -> list[datetime]:
    """In no order; several are the same."""
    found = [START + timedelta(minutes=number // 3) for number in range(MANY)]
    random.Random(4).shuffle(found)
    return found


def changes(party) -> list[str]:
    rows = [
        AuditEntry(tenant_id=party.tenant.pk, by="system", actor_name="x", action="hub.updated", object_name="h", at=at)
        for at in moments()
    ]
    AuditEntry.objects.bulk_create(rows)
    return ids(AuditEntry.objects.filter(tenant_id=party.tenant.pk).order_by("-at", "-pk"))


def alerts(party) -> list[str]:
    for at in moments():
        made = Notice.objects.create(tenant=party.tenant, kind="message_parked", text="A message was set aside.")
        Notice.objects.filter(pk=made.pk).update(modified=at)
    return ids(Notice.objects.filter(tenant=party.tenant).order_by("-modified", "-pk"))


def webhooks(party) -> list[str]:
    """A third each: paused, the newest first; failing, the oldest first; well."""
    found: list[list] = [[], [], []]
    for number, at in enumerate(moments()):
        end = party.add("System", f"CRM {number}", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
        paused, failing = at if number % 3 == 0 else None, at if number % 3 == 1 or number % 6 == 0 else None
        found[number % 3].append(Endpoint.objects.create(destination=end, paused=paused, failing_since=failing,
                                                         failures=int(bool(failing))))  # fmt: skip
    found[0].sort(key=lambda row: (-row.paused.timestamp(), row.pk))
    found[1].sort(key=lambda row: (row.failing_since, row.pk))
    found[2].sort(key=lambda row: row.pk)
    return [str(row.pk) for part in found for row in part]


def ids(rows) -> list[str]:
    return [str(pk) for pk in rows.values_list("pk", flat=True)]


LISTS = {
    "/admin/portal/auditentry/": (AuditAdmin, changes),
    "/admin/engine/notice/": (NoticeAdmin, alerts),
    "/admin/engine/endpoint/": (EndpointAdmin, webhooks),
}


def turned(browser, address: str) -> tuple[list[str], dict[str, str]]:
    """(ids of a page, addresses behind its buttons)."""
    answer = browser.get(address)
    buttons = re.findall(r'<a class="hub-button hub-plain" href="([^"]+)">(Previous|Next)</a>', answer.content.decode())
    path = address.partition("?")[0]
    rows = [str(row.pk) for row in answer.context["cl"].result_list]
    return rows, {name: path + unescape(href) for href, name in buttons}


@pytest.fixture(params=LISTS)
def listed(request, acme, globex, monkeypatch):
    """(address, own rows in order); the neighbour has as many."""
    admin, fill = LISTS[request.param]
    monkeypatch.setattr(admin, "list_per_page", SIZE)
    fill(globex)
    return request.param, fill(acme)


@pytest.mark.parametrize("who", ["manager", "operator"])
def test_pages_are_turned_forth_and_back_and_have_each_row_once(acme, django_user_model, client, listed, who):
    address, wanted = listed
    if who == "operator":
        client.force_login(django_user_model.objects.create(username="op", is_staff=True, is_superuser=True))
        wanted = [str(row.pk) for row in _all(client, address)]
        assert len(wanted) >= 2 * MANY
    browser = client if who == "operator" else acme.browser("manager")
    there, pages = [], []
    page, ways = turned(browser, address)
    assert "Previous" not in ways
    while True:
        there += page
        pages.append(page)
        if "Next" not in ways:
            break
        page, ways = turned(browser, ways["Next"])
    assert there == wanted
    for expected in pages[-2::-1]:
        page, ways = turned(browser, ways["Previous"])
        assert page == expected
    assert "Previous" not in ways


def _all(client, address: str):
    """Everything on one page."""
    admin = LISTS[address][0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(admin, "list_per_page", 1_000)
        return list(client.get(address).context["cl"].result_list)


def test_a_page_far_down_takes_the_statements_of_the_first_and_none_skips_rows(acme, listed):
    address, _ = listed
    browser = acme.browser("manager")
    ways = turned(browser, address)[1]
    counts = []
    for place in (address, ways["Next"]):
        with CaptureQueriesContext(connection) as seen:
            browser.get(place)
        assert not any(" OFFSET " in query["sql"] for query in seen)
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("cursor", ["", "x", "9.1,x", "0.x,", f"1,{NOBODY}", f"7.1,{NOBODY}", "0." + "9" * 30])
def test_a_cursor_that_is_none_shows_a_page(acme, listed, cursor):
    address, _ = listed
    assert acme.browser("manager").get(address, {"before": cursor}).status_code == 200
    assert acme.browser("manager").get(address, {"after": cursor}).status_code == 200


def test_all_alerts_can_be_marked_as_seen_and_counting_them_stops(acme, monkeypatch):
    monkeypatch.setattr(NoticeAdmin, "list_per_page", SIZE)
    alerts(acme)
    browser = acme.browser("manager")
    found = browser.get("/admin/engine/notice/").context["cl"]
    assert found.result_count == MANY
    form = {"action": "mark_seen", "select_across": "1", "_selected_action": [str(found.result_list[0].pk)]}
    browser.post("/admin/engine/notice/", form)
    assert not Notice.objects.filter(seen=False).exists()
    monkeypatch.setattr("portal.admin.keyset.MOST", 10)
    monkeypatch.setattr(keyset, "MOST", 10)
    assert browser.get("/admin/engine/notice/").context["cl"].result_count == SIZE, "nobody is offered that many"


def test_a_webhook_that_is_found_by_its_name_is_on_the_first_page(acme):
    webhooks(acme)
    wanted = str(Integration.objects.get(name="CRM 17").pk)
    assert turned(acme.browser("manager"), "/admin/engine/endpoint/?q=CRM 17")[0] == [wanted]
