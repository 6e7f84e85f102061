"""Contacts over the API: listed, searched, changed, merged, and taken apart again exactly as they were."""

import uuid
from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from engine.actions.contacts import facts
from engine.api import contacts as contacts_api
from engine.models import Address, Contact, Conversation
from hubster.lib import clock
from hubster.lib.search import Folded
from portal.actions.hubs import do_create_hub
from portal.models import AuditEntry
from tests.inbox.toy import TOY
from tests.openapi.contract import judge
from tests.two_tenants import codes_of, snapshot

CONTACTS = "/api/v1/contacts"


class People:
    """The contacts of a tenant with a toy channel, over its API."""

    def __init__(self, toy) -> None:
        self.toy, self.party, self.api = toy, toy.party, toy.party.api("engine")
        self.said = 0

    def hears(self, who: str, text: str = "hello", **more) -> None:
        self.said += 1
        with time_machine.travel(clock.now() + timedelta(seconds=self.said), tick=False):
            thing = {"kind": "say", "from": who, "id": f"m{self.said}", "at": clock.now_ms(), "text": text, **more}
            self.toy.hear(thing)

    def of(self, who: str) -> str:
        """The contact that writes from an address, whatever it was merged into."""
        return str(Address.objects.get(value=who).home.pk)

    def get(self, key: str = "", **query):
        answer = self.api.get(f"{CONTACTS}/{key}" if key else CONTACTS, query)
        assert judge().answer_faults("GET", answer.request["PATH_INFO"], answer) == []
        assert answer.status_code == 200, answer.content
        return answer.json()

    def put(self, key: str, **body):
        return self.api.put(f"{CONTACTS}/{key}", body, format="json")

    def post(self, key: str, verb: str, other: str | None = None, **headers):
        body = {} if other is None else {"contactId": other}
        path = f"{CONTACTS}/{key}/{verb}"
        answer = self.api.post(path, body, format="json", headers=headers)
        assert judge().answer_faults("POST", path, answer) == []
        return answer

    def names(self, **query) -> list[str]:
        return [row["name"] for row in self.get(**query)["results"]]

    def everything(self) -> list:
        """All that is known, but for when it was last touched."""
        rows = [{**self.get(str(row.pk)), "modifiedDateTime": ""} for row in Contact.objects.order_by("pk")]
        stored = Address.objects.order_by("pk").values_list("pk", "contact", "former", "value")
        return [rows, list(stored), self.names()]


@pytest.fixture
def people(toy):
    return People(toy)


@pytest.fixture
def two(people):
    """Ann wrote from two addresses, and nobody could know that it was one person."""
    people.hears("ann", profile={"full name": "Ann Example", "language": "de"})
    people.hears("ann-at-work", profile={"email": "Ann@Example.com", "language": "en"})
    return people.of("ann"), people.of("ann-at-work")


def test_a_contact_shows_its_addresses_and_conversations(people):
    people.hears(
        "ann", profile={"full name": "Ann Example", "phone": "416-555-0001"}, others=[["phone", "+4165550001"]]
    )
    shown = people.get(people.of("ann"))
    talk = Conversation.objects.get(integration=people.toy.row)
    assert (shown["name"], shown["hubId"]) == ("Ann Example", str(people.party.hub.pk))
    assert shown["profile"] == {"full name": "Ann Example", "phone": "416-555-0001"}
    found = {row["value"]: (row.get("scope"), row["channelType"]) for row in shown["addresses"]}
    assert found == {"ann": (None, "Toy"), "+4165550001": ("phone", "Toy")}
    assert [row["value"] for row in shown["addresses"] if "lastMessageDateTime" in row] == ["ann"]
    assert [row["conversationId"] for row in shown["conversations"]] == [str(talk.pk)]
    assert (shown["merged"], shown["proposals"]) == ([], [])
    assert "mergedInto" not in shown
    read = people.api.get(f"/api/v1/conversations/{talk.pk}").json()
    assert read["contactId"] == shown["contactId"]


def test_the_newest_come_first_and_pages_follow_each_other(people):
    for number in range(5):
        people.hears(f"n{number}", profile={"full name": f"Person {number}"})
    wanted = [f"Person {number}" for number in (4, 3, 2, 1, 0)]
    page = people.get(pageSize=2)
    assert (page["total"], page["isTotalExact"], page["pageSize"]) == (5, True, 2)
    assert [row["name"] for row in page["results"]] == wanted[:2]
    assert people.names(pageSize=2, pageNumber=1) == wanted[2:4]
    assert people.names(pageSize=2, pageNumber=2) == wanted[4:]
    found = [row["name"] for row in page["results"]]
    while "nextCursor" in page:
        page = people.get(pageSize=2, cursor=page["nextCursor"])
        found += [row["name"] for row in page["results"]]
    assert found == wanted


def test_those_without_name_email_and_phone_are_listed_too(people):
    people.hears("stranger")
    (row,) = people.get()["results"]
    assert (row["name"], row["profile"], row["addresses"][0]["value"]) == ("", {}, "stranger")


@pytest.mark.parametrize(("search", "found"), [
    ("ann", ["Ánn Öst"]), ("ÖST ánn", ["Ánn Öst"]), ("416-555", ["Ánn Öst"]), ("4165550001", ["Ánn Öst"]),
    ("EXAMPLE.com", ["Bob"]), ("tg-77", ["Bob"]), ("bob tg-77", ["Bob"]), ("bob 416", []), ("", ["Bob", "Ánn Öst"]),
    ("100%", []), ("_", []), ("\x00", ["Bob", "Ánn Öst"]),
])  # fmt: skip
def test_a_search_looks_at_name_phone_email_and_addresses(people, search, found):
    people.hears("ann-1", profile={"full name": "Ánn Öst", "phone": "416-555-0001"})
    people.hears("tg-77", profile={"full name": "Bob", "email": "bob@example.com"})
    assert people.names(search=search) == found
    assert people.get(search=search)["total"] == len(found)


def test_a_search_finds_a_person_by_what_only_a_merged_contact_knows(people, two):
    ann, work = two
    people.post(ann, "merge", work)
    for search in ("ann@example.com", "ann-at-work", "Ann ann@example.com"):
        assert people.names(search=search) == ["Ann Example"]


def test_a_word_that_most_have_finds_the_same(people, two, monkeypatch):
    monkeypatch.setattr(contacts_api, "MOST", 0)
    ann, work = two
    people.post(ann, "merge", work)
    for search in ("ann@example.com", "ann-at-work", "Ann ann@example.com"):
        assert people.names(search=search) == ["Ann Example"]
    assert people.names(search="ann nobody") == []


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no such indexes")
def test_the_indexes_of_words_are_those_that_a_search_can_use(transactional_db):
    migration = import_module("engine.migrations.0021_contact_search")
    with connection.schema_editor() as editor:
        migration.do_add(None, editor)
    reached = Address.objects.alias(folded=Folded("value")).filter(folded__contains="annabel")
    named = Contact.objects.filter(search__contains="annabel").order_by()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
            assert "address_words" in reached.explain()
            assert "contact_words" in named.explain()
    finally:
        with connection.schema_editor() as editor:
            migration.do_remove(None, editor)


def test_a_list_can_be_of_one_hub_and_holds_no_neighbours(people, globex):
    people.hears("ann", profile={"full name": "Ann"})
    hub = do_create_hub(people.party.tenant.pk, {"name": "Second", "description": "x"})
    Contact.objects.create(hub=hub, **facts("Elsewhere", {}))
    Contact.objects.create(hub=globex.hub, **facts("Neighbour", {}))
    assert sorted(people.names()) == ["Ann", "Elsewhere"]
    assert people.names(hubId=str(hub.pk)) == ["Elsewhere"]
    assert people.names(search="neighbour") == []
    for key in (globex.hub.pk, uuid.uuid4()):
        answer = people.api.get(f"{CONTACTS}?hubId={key}")
        assert (answer.status_code, codes_of(answer)) == (404, ["ENG005500"])


@pytest.mark.parametrize(("query", "codes"), [
    ("hubId=x", ["ENG000203"]), ("cursor=x", ["ENG000206"]), ("pageNumber=11&pageSize=100", ["ENG000207"]),
    ("pageNumber=-1&hubId=1", ["ENG000209", "ENG000203"]), ("pageSize=0", ["ENG000208"]),
    (f"search={'x' * 201}", ["ENG000207"]),
])  # fmt: skip
def test_arguments_that_cannot_be_are_refused(people, query, codes):
    answer = people.api.get(f"{CONTACTS}?{query}")
    assert codes_of(answer) == codes
    assert judge().answer_faults("GET", CONTACTS, answer) == []


def test_a_list_takes_the_same_number_of_statements_however_long(people, two):
    people.post(two[0], "merge", two[1])
    with CaptureQueriesContext(connection) as few:
        people.get()
    for number in range(20):
        people.hears(f"n{number}")
    with CaptureQueriesContext(connection) as many:
        people.get()
    assert len(many) == len(few)


def test_an_update_changes_what_is_given_and_takes_away_what_is_null(people, two):
    ann = two[0]
    shown = people.put(ann, Name="Ann X", PROFILE={"phone": "1", "language": None, "Colour": "red"})
    assert judge().answer_faults("PUT", f"{CONTACTS}/{ann}", shown) == []
    wanted = {"full name": "Ann Example", "phone": "1", "Colour": "red"}
    assert (shown.json()["name"], shown.json()["profile"]) == ("Ann X", wanted)
    before = snapshot("portal_session")
    assert people.put(ann, name="Ann X", profile={"phone": "1", "language": None}).json()["profile"] == wanted
    assert people.put(ann).json()["name"] == "Ann X"
    assert snapshot("portal_session") == before


def test_what_the_business_said_is_not_undone_by_the_next_message(people, two):
    ann = two[0]
    people.put(ann, name="Dr Ann", profile={"language": None, "phone": "1"})
    people.hears("ann", profile={"full name": "annie", "language": "fr", "phone": "2", "city": "Köln"})
    shown = people.get(ann)
    assert (shown["name"], shown["profile"]["phone"], shown["profile"]["city"]) == ("Dr Ann", "1", "Köln")
    assert "language" not in shown["profile"]
    people.hears("ann-at-work", profile={"full name": "Work", "email": "w@example.com"})
    assert people.get(two[1])["name"] == "Work"


@pytest.mark.parametrize(("body", "codes"), [
    ({"name": 5}, ["ENG000201"]), ({"name": "x" * 201}, ["ENG000207"]), ({"profile": []}, ["ENG000201"]),
    ({"name": [], "profile": "x"}, ["ENG000201", "ENG000201"]), ({"profile": {"a": "x" * 70_000}}, ["ENG000207"]),
    ([], ["ENG000201"]),
])  # fmt: skip
def test_a_bad_change_is_refused_by_name_and_changes_nothing(people, two, body, codes):
    before = snapshot()
    answer = people.api.put(f"{CONTACTS}/{two[0]}", body, format="json")
    assert codes_of(answer) == codes
    assert snapshot() == before


def test_a_profile_cannot_grow_beyond_its_size(people, two):
    half = "x" * 40_000
    assert people.put(two[0], profile={"a": half}).status_code == 200
    before = snapshot()
    answer = people.put(two[0], profile={"b": half})
    assert codes_of(answer) == ["ENG000207"]
    assert "'profile'" in answer.json()["errors"][0]["description"]
    assert snapshot() == before


def test_a_merge_makes_two_contacts_one(people, two):
    ann, work = two
    shown = people.post(ann, "merge", work).json()
    assert shown["name"] == "Ann Example"
    assert shown["profile"] == {"full name": "Ann Example", "language": "de", "email": "Ann@Example.com"}
    assert [(row["value"], row.get("contactId")) for row in shown["addresses"]] == [
        ("ann", None), ("ann-at-work", work)
    ]  # fmt: skip
    assert shown["merged"] == [work]
    assert len(shown["conversations"]) == 2
    for talk in Conversation.objects.filter(integration=people.toy.row):
        assert people.api.get(f"/api/v1/conversations/{talk.pk}").json()["contactId"] == ann
    assert people.names() == ["Ann Example"]
    other = people.get(work)
    assert (other["mergedInto"], other["name"], [row["value"] for row in other["addresses"]]) == (
        ann, "", ["ann-at-work"]
    )  # fmt: skip


def test_an_undo_gives_exactly_the_state_before(people, two):
    ann, work = two
    before = people.everything()
    for out in ((ann, None), (work, None), (ann, work)):
        people.post(ann, "merge", work)
        assert people.everything() != before
        assert people.post(out[0], "unmerge", out[1]).status_code == 200
        assert people.everything() == before


def test_both_ways_may_be_repeated(people, two):
    ann, work = two
    people.post(ann, "merge", work)
    once = snapshot()
    assert people.post(ann, "merge", work).status_code == 200
    assert snapshot() == once
    people.post(ann, "unmerge")
    once = snapshot()
    for out in ((ann, None), (work, None), (ann, work), (work, ann)):
        assert people.post(out[0], "unmerge", out[1]).status_code == 200
    assert snapshot() == once
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = people.post(ann, "merge", work, **key)
    people.post(ann, "unmerge")
    again = people.post(ann, "merge", work, **key)
    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
    assert people.get(ann)["merged"] == []


def test_what_was_heard_meanwhile_goes_where_it_would_have_gone(people, two):
    ann, work = two
    people.post(ann, "merge", work)
    people.hears("ann-at-work", "from work", profile={"email": "new@example.com"}, others=[["phone", "+49151"]])
    people.hears("ann", "from home", profile={"full name": "Ann Married"})
    people.toy.hear({"kind": "move", "old": "ann-at-work", "new": "ann-in-berlin", "at": clock.now_ms() + 60_000})
    people.hears("ann-in-berlin", "from Berlin")
    assert {row["value"] for row in people.get(ann)["addresses"]} == {"ann", "+49151", "ann-in-berlin"}
    people.post(ann, "unmerge")
    assert [row["value"] for row in people.get(ann)["addresses"]] == ["ann"]
    assert (people.get(ann)["name"], people.get(ann)["profile"]["language"]) == ("Ann Married", "de")
    assert "email" not in people.get(ann)["profile"]
    assert {row["value"] for row in people.get(work)["addresses"]} == {"+49151", "ann-in-berlin"}
    assert people.get(work)["profile"]["email"] == "new@example.com"
    threads = [
        [row.content["text"] for row in talk.activities.filter(type="message").order_by("event_id")]
        for talk in Conversation.objects.filter(integration=people.toy.row).order_by("opened")
    ]
    assert threads == [["hello", "from home"], ["hello", "from work", "from Berlin"]]


def test_a_merged_person_may_be_merged_again_and_each_undo_is_its_own(people, two):
    ann, work = two
    people.hears("third", profile={"full name": "Third"})
    third = people.of("third")
    apart = people.everything()
    people.post(ann, "merge", work)
    pair = people.everything()
    people.post(third, "merge", ann)
    assert len(people.get(third)["addresses"]) == 3
    people.post(third, "unmerge", ann)
    assert people.everything() == pair
    people.post(third, "merge", ann)
    people.post(third, "unmerge", work)  # from two levels below
    assert len(people.get(third)["addresses"]) == 2
    people.post(third, "unmerge")
    assert people.everything() == apart


def test_a_value_that_only_the_other_knows_can_be_taken_away_until_the_undo(people, two):
    ann, work = two
    people.post(ann, "merge", work)
    assert "email" not in people.put(ann, profile={"email": None}).json()["profile"]
    people.post(ann, "unmerge")
    assert people.get(work)["profile"]["email"] == "Ann@Example.com"


def test_the_audit_log_has_merges_and_undone_merges_once_and_by_id(people, two):
    ann, work = two
    people.hears("ann-at-home")
    home = people.of("ann-at-home")
    for _ in range(2):
        for other in (work, home):
            people.post(ann, "merge", other)
    people.post(ann, "unmerge", work)
    people.post(ann, "unmerge", work)
    people.post(ann, "unmerge")
    people.post(ann, "unmerge", ann)
    found = list(AuditEntry.objects.filter(action__startswith="contact."))
    kept = sorted((row.action, row.before.get("contact", ""), row.after.get("contact", "")) for row in found)
    first, second = sorted((work, home))
    assert kept == [
        ("contact.merged", "", first),
        ("contact.merged", "", second),
        ("contact.unmerged", first, ""),
        ("contact.unmerged", second, ""),
    ]
    assert {row.tenant_id for row in found} == {people.party.tenant.pk}
    assert {(row.object_id, row.object_name, row.by) for row in found} == {(ann, ann, "client")}
    assert "Ann" not in str([row.__dict__ for row in found])


def test_a_merge_that_cannot_be_is_refused_and_changes_nothing(people, two, globex):
    ann, work = two
    people.hears("third")
    people.hears("fourth")
    third, fourth = people.of("third"), people.of("fourth")
    people.post(third, "merge", fourth)
    hub = do_create_hub(people.party.tenant.pk, {"name": "Second", "description": "x"})
    elsewhere = str(Contact.objects.create(hub=hub).pk)
    neighbour = str(Contact.objects.create(hub=globex.hub).pk)
    before = snapshot()
    for key, verb, other, code, words in (
        (ann, "merge", ann, "ENG000206", "'contactId' must be another contact"),
        (ann, "merge", elsewhere, "ENG000206", "'contactId' must be a contact of the same hub"),
        (ann, "merge", fourth, "ENG000206", "'contactId': was merged into"),
        (fourth, "merge", ann, "ENG000206", f"merged into {third}"),
        (ann, "unmerge", fourth, "ENG000206", "not into this contact"),
        (ann, "merge", None, "ENG000201", "'contactId' is required"),
        (ann, "merge", "x", "ENG000203", "'contactId' is not a GUID"),
        *((ann, verb, key, "ENG000105", "not found") for verb in ("merge", "unmerge") for key in
          (neighbour, str(uuid.uuid4()))),
        (neighbour, "merge", ann, "ENG000105", "not found"),
    ):  # fmt: skip
        answer = people.post(key, verb, other)
        assert codes_of(answer) == [code], (key, verb, other)
        assert words in answer.json()["errors"][0]["description"]
    answer = people.put(fourth, name="x")
    assert codes_of(answer) == ["ENG000206"]
    assert snapshot() == before


def test_weak_evidence_only_proposes(people):
    people.hears("ann", profile={"email": "Ann@example.com", "phone": "+1 (416) 555-0001"})
    people.hears("mail", profile={"email": " ann@EXAMPLE.com"})
    people.hears("call", profile={"phone": "0014165550001"})
    people.hears("nobody", profile={"email": "", "phone": "12"})
    people.hears("other", profile={"email": "bob@example.com", "phone": "12"})
    assert Contact.objects.count() == 5
    found = [(row["contactId"], row["reason"]) for row in people.get(people.of("ann"))["proposals"]]
    assert found == [(people.of("mail"), "email"), (people.of("call"), "phone")]
    assert people.get(people.of("nobody"))["proposals"] == []
    people.post(people.of("ann"), "merge", people.of("mail"))
    assert [row["reason"] for row in people.get(people.of("ann"))["proposals"]] == ["phone"]
    assert [row["contactId"] for row in people.get(people.of("call"))["proposals"]] == [people.of("ann")]


def test_a_phone_that_is_an_address_proposes_too(people, monkeypatch):
    monkeypatch.setattr(type(TOY), "by_phone", True)
    people.hears("+14165550001")
    people.hears("ann", profile={"phone": "+1 416 555 0001"})
    for one, other in (("ann", "+14165550001"), ("+14165550001", "ann")):
        shown = people.get(people.of(one))["proposals"]
        assert shown == [{"contactId": people.of(other), "reason": "address"}]


def test_an_id_that_stands_in_for_a_phone_is_none(people, monkeypatch):
    monkeypatch.setattr(type(TOY), "by_phone", True)
    people.hears("US.14165550001")
    people.hears("ann", profile={"phone": "+1 416 555 0001"})
    for one in ("ann", "US.14165550001"):
        assert people.get(people.of(one))["proposals"] == []


def test_a_hubs_neighbours_are_never_proposed(people, globex):
    people.hears("ann", profile={"email": "ann@example.com"})
    Contact.objects.create(hub=globex.hub, **facts("", {"email": "ann@example.com"}))
    hub = do_create_hub(people.party.tenant.pk, {"name": "Second", "description": "x"})
    Contact.objects.create(hub=hub, **facts("", {"email": "ann@example.com"}))
    assert people.get(people.of("ann"))["proposals"] == []
