"""What a provider sends: verified, stored, parsed in order; repeats change nothing, nothing is lost."""

import json
import uuid
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.test import Client

from engine.actions.conversations import do_close
from engine.actions.retention import do_delete_parked
from engine.adapters._inbound import Said
from engine.files import media
from engine.inbox import parse, say
from engine.inbox.parse import do_replay_parked
from engine.models import Activity, Address, Contact, Conversation, InboxLane, InboxPost, MediaFetch, Notice
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from portal.actions import providers
from portal.actions.integrations import do_create_integration, do_delete_integration, do_update_integration
from tests.background import do_all
from tests.inbox.toy import Toy as Adapter

BOT = {"integrationType": "Bot"}
ANN = {"kind": "say", "from": "ann", "at": 1_000, "profile": {"full name": "Ann Example", "language": "de"}}


def texts() -> list[str]:
    rows = Activity.objects.filter(sender_type="Customer").order_by("conversation", "event_id")
    return [row.content["text"] for row in rows]


def test_a_message_opens_a_conversation_with_a_contact(toy):
    toy.hear({**ANN, "id": "m1", "text": "hello"}, {**ANN, "id": "m2", "text": "again"})
    conversation = Conversation.objects.get(integration=toy.row)
    assert texts() == ["hello", "again"]
    assert conversation.properties["profile"]["full name"] == "Ann Example"
    assert conversation.address.value == "ann"
    assert conversation.address.contact.name == "Ann Example"
    assert [row.external_id for row in Activity.objects.filter(type="message")] == ["m1", "m2"]
    assert not InboxPost.objects.exists()
    InboxLane.objects.update(due=clock.now())  # it is looked at once more
    do_all("inbox")
    assert InboxLane.objects.get().due is None


def test_repeats_change_nothing_however_they_come(toy):
    for _ in range(3):
        toy.hear({**ANN, "id": "m1", "text": "hello"}, {**ANN, "id": "m1", "text": "hello"})
    assert texts() == ["hello"]
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("unfit", ["\x00", "\ud83d"])
@pytest.mark.parametrize("place", ["from", "id", "text", "name"])
def test_what_no_database_can_hold_is_replaced_and_takes_no_message_with_it(toy, unfit, place):
    given = {"from": "ann", "id": "m1", "text": "hello", "name": "Ann"}
    given[place] += unfit
    name = given.pop("name")
    toy.hear({"kind": "say", "at": 1_000, "profile": {"full name": name}, **given})
    assert not InboxPost.objects.exists()
    shown = [*texts(), Address.objects.get().value, Contact.objects.get().name, Activity.objects.get().external_id]
    assert [word for word in shown if "\ufffd" in word] == [given.get(place, name).replace(unfit, "\ufffd")]


def test_a_reason_that_no_database_can_hold_does_not_stop_the_inbox(toy, monkeypatch):
    def stumble(self, config, body):
        raise ValueError("odd: \x00 \ud83d")

    with monkeypatch.context() as patched:
        patched.setattr(Adapter, "parse", stumble)
        toy.hear()
    assert "odd" in InboxPost.objects.get(parked__isnull=False).error
    toy.hear({**ANN, "id": "m1", "text": "hello"})
    assert texts() == ["hello"]


def test_ids_that_differ_only_at_their_ends_are_of_two_messages(toy):
    for _ in range(2):
        toy.hear(*({**ANN, "id": "m" * 400 + end, "text": end} for end in "ab"))
    assert texts() == ["a", "b"]


def test_a_request_of_three_megabytes_is_taken_and_one_of_five_is_refused(toy):
    assert toy.post({**ANN, "id": "m1", "text": "hello", "profile": {"note": "x" * 3_000_000}}).status_code == 200
    answer = toy.post(body=b"x" * 5_000_000)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (413, 207)
    assert InboxPost.objects.count() == 1


def test_who_wrote_since_is_not_stopped_by_news_that_come_late(toy):
    toy.hear({**ANN, "id": "m1", "at": 3_000, "text": "hello"})
    toy.hear({"kind": "block", "from": "ann", "at": 2_000})
    assert Address.objects.get().stopped is None
    toy.hear({"kind": "block", "from": "ann", "at": 4_000})
    assert Address.objects.get().stopped


def test_requests_are_parsed_in_the_order_in_which_they_came(toy):
    for number in range(7):
        assert toy.post({**ANN, "id": f"m{number}", "text": str(number)}).status_code == 200
    toy.work()
    assert texts() == [str(number) for number in range(7)]


def test_taking_a_request_costs_few_statements(toy, django_assert_num_queries):
    told = {"kind": "unknown"}
    toy.post(told)
    do_all("inbox")
    with django_assert_num_queries(5, info="the integration, the request, the inbox is due; BEGIN and COMMIT"):
        toy.post(told)
    with django_assert_num_queries(4, info="the inbox is due already"):
        toy.post(told)


def test_a_request_that_is_not_the_providers_is_refused_and_stored_nowhere(toy):
    answer = toy.post({**ANN, "id": "m1", "text": "hello"}, token="guess")
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == 102
    assert not InboxPost.objects.exists()


@pytest.mark.parametrize("path", ["toy/00000000-0000-0000-0000-000000000099", "toy/x", "toy", "nothing/1", "direct/1"])
def test_an_address_that_is_nobodys_says_so(toy, path):
    answer = Client().post(f"/inbound/customer/v1/{path}", b"{}", content_type="application/json")
    assert answer.status_code == 404
    assert "errors" in answer.json()


def test_what_cannot_be_understood_is_kept_told_and_can_be_parsed_again(toy, monkeypatch):
    assert toy.post(body=b"no JSON at all").status_code == 200
    toy.hear({**ANN, "id": "m1", "text": "hello"})
    assert texts() == ["hello"], "the others go on"
    post = InboxPost.objects.get()
    assert post.parked
    assert Notice.objects.get(kind=Notice.Kind.WEBHOOK_PARKED).tenant == toy.party.tenant
    later = json.dumps({"things": [{**ANN, "id": "m2", "text": "now"}]}).encode()
    parse = Adapter.parse
    monkeypatch.setattr(
        Adapter, "parse", lambda self, config, body: parse(self, config, later if b"no JSON" in body else body)
    )
    assert do_replay_parked(toy.row) == 1
    toy.work()
    assert texts() == ["hello", "now"]
    assert not InboxPost.objects.exists()


def test_what_is_refused_is_kept_too(toy):
    toy.party.hub.integrations.filter(type="Agent").update(status=3002)
    toy.hear({**ANN, "id": "m1", "text": "is anybody there?"})
    assert not texts()
    assert "does not have any Agent or Bot" in InboxPost.objects.get().error
    toy.party.hub.integrations.filter(type="Agent").update(status=3000)
    do_replay_parked(toy.row)
    toy.work()
    assert texts() == ["is anybody there?"]


def test_unknown_kinds_are_acknowledged_and_nothing_more(toy):
    toy.hear({"kind": "horoscope"}, {**ANN, "id": "m1", "text": "hello"})
    assert texts() == ["hello"]
    assert not InboxPost.objects.exists()


def test_one_thing_that_fails_keeps_the_rest_of_its_request(toy):
    toy.hear({**ANN, "id": "m1", "content": {"type": "nonsense"}}, {**ANN, "id": "m2", "text": "hello"})
    assert texts() == ["hello"]
    assert InboxPost.objects.get().parked


def test_a_worker_that_dies_between_two_messages_stores_none_twice(toy):
    toy.post({**ANN, "id": "m1", "text": "one"}, {**ANN, "id": "m2", "text": "two"})
    body = bytes(InboxPost.objects.get().body)
    toy.work()
    toy.post(body=body)  # as if the request were still there
    toy.work()
    assert texts() == ["one", "two"]


def storing(toy, monkeypatch, meanwhile) -> None:
    """Three messages are stored, which takes longer than a lease; `meanwhile` happens before each."""
    toy.post({**ANN, "id": "m1", "text": "one"}, {**ANN, "id": "m2", "text": "two"})
    toy.post({**ANN, "id": "m3", "text": "three"})
    now = clock.ticks()

    def slowly(integration, said):
        nonlocal now
        meanwhile()
        now += 11_000
        return say.do_say(integration, said)

    monkeypatch.setitem(parse._STORED, Said, slowly)
    monkeypatch.setattr(clock, "ticks", lambda: now)
    do_all("inbox")


def test_an_inbox_is_held_for_as_long_as_it_takes(toy, monkeypatch):
    held = []

    def meanwhile() -> None:
        held.append(InboxLane.objects.get().lease_until > clock.now())
        InboxLane.objects.update(lease_until=clock.now())  # what was renewed is used up

    storing(toy, monkeypatch, meanwhile)
    assert held == [True, True, True]
    assert texts() == ["one", "two", "three"]


def test_who_has_lost_an_inbox_stores_nothing_more_of_it(toy, monkeypatch):
    other = uuid.uuid4()
    until = clock.now() + timedelta(hours=1)
    storing(toy, monkeypatch, lambda: InboxLane.objects.update(lease_token=other, lease_until=until))
    assert texts() == ["one"]
    assert InboxPost.objects.count() == 2
    lane = InboxLane.objects.get()
    assert (lane.lease_token, lane.lease_until) == (other, until)


def test_a_closed_conversation_is_followed_by_a_new_one_of_the_same_contact(toy):
    toy.hear({**ANN, "id": "m1", "text": "one"})
    old = Conversation.objects.get(integration=toy.row)
    path = f"/api/v1/conversations/{old.pk}/close"
    assert toy.party.api("engine").post(path).status_code == 200
    toy.hear({**ANN, "id": "m2", "text": "two"})
    new = Conversation.objects.exclude(pk=old.pk).get(integration=toy.row)
    assert new.address_id == Address.objects.get().pk
    assert Contact.objects.count() == 1


def test_a_person_who_moves_keeps_the_conversation(toy):
    toy.hear({**ANN, "id": "m1", "text": "one"}, {"kind": "move", "old": "ann", "new": "ann-2", "at": 2_000})
    toy.hear({**ANN, "from": "ann-2", "id": "m2", "text": "two", "at": clock.now_ms()})
    conversation = Conversation.objects.get(integration=toy.row)
    assert conversation.address.value == "ann-2"
    assert Contact.objects.count() == 1
    toy.answer(conversation, "hello")
    assert json.loads(toy.provider.asked[-1].body)["to"] == "ann-2"


def test_who_gets_the_address_of_somebody_who_moved_is_another_person(toy):
    move = {"kind": "move", "old": "ann", "new": "ann-2", "at": 2_000}
    toy.hear({**ANN, "id": "m1", "text": "my secret"}, dict(move))
    toy.hear({"kind": "say", "from": "ann", "id": "m2", "at": 3_000, "text": "I am Bob"}, dict(move))
    toy.hear({**ANN, "from": "ann-2", "id": "m3", "at": 4_000, "text": "still me"})
    heard = {}
    for row in Activity.objects.filter(sender_type="Customer").order_by("event_id"):
        heard.setdefault(row.conversation.address.value, []).append(row.content["text"])
    assert heard == {"ann": ["I am Bob"], "ann-2": ["my secret", "still me"]}
    contacts = {row.value: row.contact.name for row in Address.objects.select_related("contact")}
    assert contacts == {"ann": "", "ann-2": "Ann Example"}


def test_a_closed_conversation_stays_with_who_moved_away(toy):
    toy.hear({**ANN, "id": "m1", "text": "one"})
    do_close(Conversation.objects.get(integration=toy.row).pk)
    toy.hear({"kind": "move", "old": "ann", "new": "ann-2", "at": 2_000})
    assert Conversation.objects.get(integration=toy.row).address.value == "ann-2"
    assert [row.value for row in Address.objects.all()] == ["ann-2"]


def test_who_wants_to_hear_nothing_more_hears_nothing_at_a_new_address(toy):
    toy.hear({**ANN, "id": "m1", "text": "one"}, {"kind": "block", "from": "ann", "at": 1_500})
    toy.hear({"kind": "move", "old": "ann", "new": "ann-2", "at": 2_000})
    assert Address.objects.get().stopped


def test_addresses_that_come_together_are_one_person(toy):
    toy.hear({**ANN, "id": "m1", "text": "one", "others": [["phone", "+49151"]]})
    assert toy.post({"kind": "say", "from": "x", "others": [["phone", "+49151"]], "at": 2, "id": "m2", "text": "two"})
    toy.work()
    assert Conversation.objects.filter(integration=toy.row).count() == 1
    assert Contact.objects.count() == 1


def test_files_come_through_our_own_address(toy, client):
    content = {"type": "image", "alt": "A cat"}
    media = [{"at": "url", "ref": {"id": "f1"}, "name": "cat.png", "mime_type": "image/png"}]
    toy.hear({**ANN, "id": "m1", "content": content, "media": media})
    said = Activity.objects.get(type="message", sender_type="Customer")
    assert "/media/" in said.content["url"]
    assert "toy-secret" not in json.dumps(said.content)
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )
    toy.provider.answers = [png]
    do_all("media")
    row = MediaFetch.objects.get()
    assert (row.error, row.due) == ("", None)
    found = client.get("/" + said.content["url"].split("/", 3)[3], follow=True)
    assert found.status_code == 200
    assert found["Content-Type"] == "image/png"


class Patience:
    """The clock of those who wait for a file: a look costs no time, and does what it is given."""

    def __init__(self, monkeypatch, looks=lambda: None) -> None:
        self.now = 0.0
        self.looks = looks
        monkeypatch.setattr(media, "time", self)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.looks()


def awaited(toy) -> str:
    """The path of a file that is on its way."""
    toy.hear({**ANN, "id": "m1", "content": {"type": "image"}, "media": [{"at": "url", "ref": {"id": "f1"}}]})
    return "/" + Activity.objects.get(type="message", sender_type="Customer").content["url"].split("/", 3)[3]


def test_who_reads_a_file_too_early_waits_for_it(toy, client, monkeypatch):
    path = awaited(toy)
    patience = Patience(monkeypatch, lambda: do_all("media"))
    toy.provider.answers = [b"some text"]
    assert client.get(path).status_code == 302
    assert patience.now == media.LOOK


def test_who_waits_for_a_file_that_does_not_come_is_told_to_come_back(toy, client, monkeypatch):
    path = awaited(toy)
    patience = Patience(monkeypatch)
    found = client.get(path)
    assert (found.status_code, found["Retry-After"]) == (503, media.RETRY_AFTER)
    assert patience.now == media.WAIT
    assert not media._waiting.taken


@pytest.mark.parametrize("of_tenant", [True, False])
def test_only_some_wait_for_files_at_once_and_the_others_come_back(toy, client, monkeypatch, of_tenant):
    path = awaited(toy)
    patience = Patience(monkeypatch)
    with ExitStack() as waiting:
        for place in range(media.MOST_OF_TENANT if of_tenant else media.MOST_WAITING):
            name = str(toy.party.tenant.pk) if of_tenant else f"tenant {place}"
            waiting.enter_context(media._waiting.slot(name, media.MOST_OF_TENANT))
            waiting.enter_context(media._waiting.slot("all", media.MOST_WAITING))
        found = client.get(path)
        assert (found.status_code, found["Retry-After"], patience.now) == (503, media.RETRY_AFTER, 0)
        toy.provider.answers = [b"some text"]
        do_all("media")
        assert client.get(path).status_code == 302, "nobody has to wait for what is there"


def test_a_file_that_is_gone_is_given_up(toy, client):
    toy.hear({**ANN, "id": "m1", "content": {"type": "image"}, "media": [{"at": "url", "ref": {"id": "f1"}}]})
    toy.provider.answers = [b""]
    do_all("media")
    said = Activity.objects.get(type="message", sender_type="Customer")
    assert "empty" in MediaFetch.objects.get().error
    assert client.get("/" + said.content["url"].split("/", 3)[3]).status_code == 404


def test_deleting_the_integration_tells_the_provider_and_takes_everything(toy):
    toy.hear({**ANN, "id": "m1", "text": "hello"})
    toy.post({**ANN, "id": "m2", "text": "late"})
    do_delete_integration(toy.row)
    assert [request.method for request in toy.provider.asked] == ["DELETE"]
    assert not Conversation.objects.filter(integration=toy.row.pk).exists()
    assert not InboxPost.objects.exists()


def test_what_was_set_aside_goes_with_the_time(toy, settings, monkeypatch):
    toy.post(body=b"no JSON at all")
    toy.work()
    assert sum(do_delete_parked()) == 0
    settings.HUBSTER_KEEP_ATTEMPTS = 1
    InboxPost.objects.update(parked=clock.now() - timedelta(days=2))
    assert sum(do_delete_parked()) == 1


def test_without_a_time_of_the_provider_the_time_counts_at_which_it_came(toy):
    toy.hear({**ANN, "id": "m1", "text": "hello", "at": 0}, {"kind": "block", "from": "ann", "at": 0})
    address = Address.objects.get()
    assert address.last_said == clock.now_ms()
    assert address.stopped == clock.from_ms(clock.now_ms())


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("account", ["acc-1", "acc-2"])
def test_a_webhook_is_taken_back_where_the_name_was_taken_meanwhile(toy, monkeypatch, is_new, account):
    """Both saw the name free; the provider was told before one of them was stored."""
    hub = toy.party.hub
    if is_new:
        toy.row.inbound_id = None
        toy.row.save()

    def meanwhile(request, policy):
        if request.method == "POST":
            do_create_integration(hub, {"channel": "Direct", "name": "Same", "configuration": BOT})
        return toy.provider(request, policy)

    monkeypatch.setattr(providers, "send", meanwhile)
    toy.provider.answers = [{"account": account}]
    given = {"name": "Same", "configuration": {"token": "toy-secret-2"}}
    with pytest.raises(HubsterError) as fault:
        if is_new:
            do_create_integration(hub, {"channel": "Toy", **given})
        else:
            do_update_integration(toy.row, given)
    assert fault.value.faults[0].code == "PRT000700"
    told = [request.method for request in toy.provider.asked]
    assert told == ["GET", "POST", *(["DELETE"] if is_new or account == "acc-2" else [])]
