"""Lists by keyset: pages follow each other without a gap or a repeat, whoever the rows belong to, and count no further
than needed."""

import random
import re
import uuid
from datetime import timedelta
from html import unescape

import pytest

from engine.admin.deliveries import DeliveryAdmin
from engine.api import cursors
from engine.models import Activity, Conversation, Delivery
from hubster.lib import clock, keyset
from tests.two_tenants import codes_of

DELIVERIES, ADMIN = "/api/v1/deliveries", "/admin/engine/delivery/"


def fill(party, many: int = 60) -> list[Delivery]:
    """Deliveries to three integrations in any order; many were made in the same moment, and have different states."""
    ends = [
        party.add("System", f"Hook {number}", webhookUrl="http://127.0.0.1:8099/x", events=["message"])
        for number in range(3)
    ]
    talk = Conversation.objects.create(hub=party.hub, integration=party.customer, binding="b", opened=clock.now())
    chance, now = random.Random(7), clock.now()
    for number in range(many):
        said = Activity.objects.create(
            conversation=talk, event_id=number + 1, type="message", sender_type="Customer",
            content={"type": "text", "text": str(number)},
        )  # fmt: skip
        status = chance.choice(["sent", "sent", "failed", "pending"])
        row = Delivery.objects.create(
            conversation=talk, activity=said, destination=chance.choice(ends), event_id=number + 1, status=status
        )
        Delivery.objects.filter(pk=row.pk).update(created=now - timedelta(seconds=chance.randrange(12)))
    return list(Delivery.objects.filter(destination__in=ends).order_by("-created", "-id"))


def pages(api, query: str) -> list[str]:
    """The ids of all pages of a list, by its cursors."""
    found, cursor = [], ""
    while True:
        answer = api.get(f"{DELIVERIES}?{query}{cursor}").json()
        found += [row["deliveryId"] for row in answer["results"]]
        if "nextCursor" not in answer:
            return found
        cursor = f"&cursor={answer['nextCursor']}"


@pytest.mark.parametrize("size", [1, 7, 60, 100])
def test_cursors_show_each_delivery_once_in_order(acme, globex, size):
    rows = fill(acme)
    fill(globex, 20)
    api = acme.api("portal")
    assert pages(api, f"pageSize={size}") == [str(row.pk) for row in rows]
    failed = [str(row.pk) for row in rows if row.status == "failed"]
    assert pages(api, f"pageSize={size}&status=failed") == failed
    end = rows[0].destination_id
    mine = [str(row.pk) for row in rows if row.destination_id == end]
    assert pages(api, f"pageSize={size}&integrationId={end}") == mine


@pytest.mark.parametrize("size", [1, 2, 3])
def test_rows_of_several_owners_made_in_the_same_moment_are_all_shown(acme, size):
    rows = fill(acme, 30)
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(created=rows[0].created)
    wanted = [str(pk) for pk in Delivery.objects.order_by("-created", "-id").values_list("pk", flat=True)]
    assert pages(acme.api("portal"), f"pageSize={size}") == wanted


def test_a_cursor_that_somebody_else_got_shows_ones_own(acme, globex):
    fill(acme, 10)
    theirs = [str(row.pk) for row in fill(globex, 10)]
    cursor = acme.api("portal").get(f"{DELIVERIES}?pageSize=1").json()["nextCursor"]
    answer = globex.api("portal").get(f"{DELIVERIES}?cursor={cursor}").json()
    assert {row["deliveryId"] for row in answer["results"]} <= set(theirs)


def test_numbers_and_cursors_show_the_same_pages(acme):
    rows = [str(row.pk) for row in fill(acme)]
    api = acme.api("portal")
    numbered = [api.get(f"{DELIVERIES}?pageSize=25&pageNumber={number}").json() for number in range(4)]
    assert [row["deliveryId"] for answer in numbered for row in answer["results"]] == rows
    assert [answer.get("nextCursor") is None for answer in numbered] == [False, False, True, True]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("cursor=x", "PRT000206"),
        ("cursor=1,x", "PRT000206"),
        ("cursor=99999999999999999999,00000000-0000-0000-0000-000000000000", "PRT000206"),
        ("cursor=999999999999999999,00000000-0000-0000-0000-000000000000", "PRT000206"),
        ("cursor=1,00000000-0000-0000-0000-000000000000&pageNumber=1", "PRT000206"),
        ("pageNumber=20", "PRT000207"),
    ],
)
def test_a_page_that_cannot_be_is_refused(acme, query, code):
    answer = acme.api("portal").get(f"{DELIVERIES}?{query}")
    assert answer.status_code == 400
    assert codes_of(answer) == [code]


def test_page_numbers_reach_so_far(acme, monkeypatch):
    monkeypatch.setattr(cursors, "REACH", 4)
    fill(acme, 6)
    api = acme.api("portal")
    assert api.get(f"{DELIVERIES}?pageSize=2&pageNumber=1").status_code == 200
    assert api.get(f"{DELIVERIES}?pageSize=2&pageNumber=2").status_code == 400


@pytest.mark.parametrize(("most", "total", "exact"), [(5, 5, False), (6, 6, True), (7, 6, True)])
def test_a_total_stops_and_says_so(acme, monkeypatch, most, total, exact):
    fill(acme, 6)
    monkeypatch.setattr(keyset, "MOST", most)
    monkeypatch.setattr(cursors, "COUNTED", most)
    answer = acme.api("portal").get(f"{DELIVERIES}?pageSize=2").json()
    assert (answer["total"], answer["isTotalExact"]) == (total, exact)


def turned(browser, address: str) -> tuple[list[str], dict[str, str]]:
    """(ids of a page of the admin, addresses behind its buttons)."""
    page = browser.get(address).content.decode()
    buttons = re.findall(r'<a class="hub-button hub-plain" href="([^"]+)">(Previous|Next)</a>', page)
    ids = re.findall(r'href="/admin/engine/delivery/([0-9a-f-]{36})/change/"', page)
    return ids, {name: ADMIN + unescape(href) for href, name in buttons}


def test_the_admin_turns_pages_forth_and_back(acme, globex, monkeypatch):
    monkeypatch.setattr(DeliveryAdmin, "list_per_page", 25)
    rows = [str(row.pk) for row in fill(acme)]
    fill(globex, 30)
    browser = acme.browser("manager")
    first, ways = turned(browser, ADMIN)
    assert (first, set(ways)) == (rows[:25], {"Next"})
    second, ways = turned(browser, ways["Next"])
    assert (second, set(ways)) == (rows[25:50], {"Previous", "Next"})
    third, ways = turned(browser, ways["Next"])
    assert (third, set(ways)) == (rows[50:], {"Previous"})
    back, ways = turned(browser, ways["Previous"])
    assert (back, set(ways)) == (rows[25:50], {"Previous", "Next"})
    assert turned(browser, ways["Previous"]) == (rows[:25], turned(browser, ADMIN)[1])


def test_another_filter_begins_with_the_newest_rows(acme):
    fill(acme)
    page = acme.browser("manager").get(f"{ADMIN}?before=1,{uuid.uuid4()}").content.decode()
    assert "?status=failed" in page
    assert "before=1" not in "".join(re.findall(r'href="\?[^"]*status=[^"]*"', page))
