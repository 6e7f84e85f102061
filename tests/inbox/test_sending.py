"""Messages to a channel of a provider: parts, windows, receipts, choices, and faults of one customer only."""

import json
from datetime import timedelta

import pytest
import time_machine
from asgiref.sync import async_to_sync

from engine.actions.conversations import do_close
from engine.delivery import call
from engine.delivery.provider import addresses_of
from engine.models import (
    Activity,
    Address,
    Attempt,
    Conversation,
    Delivery,
    Endpoint,
    InboxLane,
    InboxPost,
    Lane,
    Notice,
)
from engine.work import all_kinds, rounds
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure, DeadlineExceeded
from tests.background import asking, taken
from tests.inbox.conftest import TOKEN

S = Delivery.Status


@pytest.fixture
def talk(toy):
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m1", "text": "hello"})
    return Conversation.objects.get(integration=toy.row)


def delivery(toy) -> Delivery:
    return Delivery.objects.filter(destination=toy.row).latest("event_id")


def due(toy) -> None:
    Lane.objects.update(due=clock.now())
    Delivery.objects.filter(destination=toy.row, status=S.PENDING).update(next_attempt=clock.now())


def test_a_message_of_parts_goes_on_where_it_failed(toy, talk):
    toy.provider.answers = [{}, ConnectFailure("The connection was refused.")]
    toy.answer(talk, "one|two|three")
    assert (delivery(toy).parts_done, delivery(toy).status) == (1, S.PENDING)
    due(toy)
    toy.send(talk)
    assert toy.provider.texts() == ["one", "two", "two", "three"]
    assert (delivery(toy).parts_done, delivery(toy).status, delivery(toy).attempts) == (3, S.SENT, 2)


def test_sent_is_not_delivered_and_receipts_never_go_backwards(toy, talk):
    toy.answer(talk, "hi")
    assert delivery(toy).status == S.SENT
    for status, expected in [("delivered", "delivered"), ("read", "read"), ("delivered", "read"), ("failed", "read")]:
        toy.hear({"kind": "receipt", "status": status, "ids": ["out-2"], "at": clock.now_ms()})
        assert delivery(toy).status == expected


def test_a_receipt_names_the_reason_and_the_price(toy, talk):
    toy.answer(talk, "hi")
    news = {"kind": "receipt", "status": "failed", "ids": ["out-2"], "at": 1, "error": "blocked",
            "price": {"billable": True}}  # fmt: skip
    toy.hear(news)
    row = delivery(toy)
    assert (row.status, row.price) == (S.FAILED, {"billable": True})
    assert "blocked you" in row.last_error
    assert Address.objects.get().stopped


def test_what_a_receipt_calls_a_passing_trouble_is_sent_again_later(toy, talk):
    toy.answer(talk, "hi")
    toy.answer(talk, "and more")
    toy.hear({"kind": "receipt", "status": "failed", "ids": ["out-2"], "at": 1, "error": "slow"})
    first = Delivery.objects.filter(destination=toy.row).earliest("event_id")
    assert (first.status, first.parts_done) == (S.PENDING, 0)
    assert first.next_attempt == clock.now() + timedelta(seconds=600)
    assert Lane.objects.get(destination=toy.row).due == first.next_attempt
    due(toy)
    toy.send(talk)
    assert toy.provider.texts() == ["hi", "and more", "hi"]
    first.refresh_from_db()
    assert (first.status, first.attempts) == (S.SENT, 2)
    assert not Notice.objects.exists()


def test_a_repeat_of_that_news_sends_nothing_a_second_time(toy, talk):
    toy.answer(talk, "hi")
    news = {"kind": "receipt", "status": "failed", "ids": ["out-2"], "at": 1, "error": "slow"}
    toy.hear(dict(news))
    due(toy)
    toy.send(talk)
    toy.hear(dict(news))
    assert delivery(toy).status == S.SENT
    assert toy.provider.texts() == ["hi", "hi"]


def test_news_of_a_message_whose_call_is_under_way_is_kept_until_its_id_is_known(toy, talk, monkeypatch):
    news = {"kind": "receipt", "status": "failed", "ids": ["out-2"], "at": 1, "error": "bad"}

    def tell_first(request, policy):
        toy.hear(news)
        return toy.provider(request, policy)

    monkeypatch.setattr(call, "asend", asking(tell_first))
    toy.answer(talk, "hi")
    assert delivery(toy).status == S.SENT
    InboxLane.objects.update(due=clock.now())
    toy.work()
    assert delivery(toy).status == S.FAILED
    assert not InboxPost.objects.exists()


def test_of_a_message_of_parts_nobody_knows_which_to_send_again(toy, talk):
    toy.answer(talk, "one|two")
    toy.hear({"kind": "receipt", "status": "failed", "ids": ["out-2"], "at": 1, "error": "slow"})
    assert (delivery(toy).status, delivery(toy).next_attempt) == (S.FAILED, None)
    assert Notice.objects.get().kind == Notice.Kind.DELIVERY_FAILED


def test_a_message_that_fails_again_and_again_is_given_up(toy, talk):
    toy.answer(talk, "hi")
    for number in range(2, 8):
        toy.hear({"kind": "receipt", "status": "failed", "ids": [f"out-{number}"], "at": number, "error": "slow"})
        due(toy)
        toy.send(talk)
    assert (toy.provider.texts(), delivery(toy).status) == (["hi"] * 6, S.FAILED)


def test_a_watermark_reads_everything_before_it(toy, talk):
    toy.answer(talk, "one")
    toy.answer(talk, "two")
    toy.hear({"kind": "receipt", "status": "read", "from": "ann", "at": 1, "until": clock.now_ms() + 1_000})
    assert set(Delivery.objects.filter(destination=toy.row).values_list("status", flat=True)) == {S.READ}


def test_who_reads_while_the_answer_is_on_its_way_has_read(toy, talk, monkeypatch):
    def read_at_once(request, policy):
        toy.hear({"kind": "receipt", "status": "read", "from": "ann", "at": 1, "until": clock.now_ms() + 50})
        with time_machine.travel(clock.now() + timedelta(seconds=2), tick=False):
            return toy.provider(request, policy)

    monkeypatch.setattr(call, "asend", asking(read_at_once))
    toy.answer(talk, "hi")
    assert delivery(toy).status == S.SENT
    InboxLane.objects.update(due=clock.now())
    toy.work()
    assert delivery(toy).status == S.READ
    assert not InboxPost.objects.exists()


def test_a_message_that_the_provider_had_after_the_watermark_is_not_read(toy, talk):
    before = clock.now_ms()
    toy.answer(talk, "one")
    toy.answer(talk, "two")
    for number, at in (("out-2", before + 100), ("out-3", before + 900)):
        toy.hear({"kind": "receipt", "status": "sent", "ids": [number], "at": at})
    toy.hear({"kind": "receipt", "status": "read", "from": "ann", "at": 1, "until": before + 500})
    rows = Delivery.objects.filter(destination=toy.row).order_by("event_id")
    assert [row.status for row in rows] == [S.READ, S.SENT]
    toy.hear({"kind": "receipt", "status": "read", "from": "ann", "at": 1, "until": before + 900})
    assert {row.status for row in rows.all()} == {S.READ}


def tell(toy, status: str, *ids: str, **more) -> str:
    toy.hear({"kind": "receipt", "status": status, "ids": list(ids), "at": clock.now_ms(), **more})
    return delivery(toy).status


def test_a_message_of_parts_is_read_when_all_of_it_is(toy, talk):
    toy.answer(talk, "one|two|three")
    assert tell(toy, "read", "out-2") == S.SENT
    assert tell(toy, "delivered", "out-3", "out-4") == S.DELIVERED
    assert tell(toy, "read", "out-3") == S.DELIVERED
    assert tell(toy, "read", "out-4") == S.READ
    assert tell(toy, "delivered", "out-3") == S.READ


def test_a_message_of_parts_of_which_one_failed_has_failed_and_says_which(toy, talk):
    toy.answer(talk, "one|two|three")
    tell(toy, "read", "out-2")
    assert tell(toy, "failed", "out-3", error="bad") == S.FAILED
    assert delivery(toy).last_error.startswith("Part 2 of 3: The message is not allowed.")
    assert "Part 2 of 3" in Notice.objects.get().text
    assert tell(toy, "read", "out-4") == S.FAILED


def test_a_part_of_which_the_provider_tells_before_the_rest_is_sent(toy, talk):
    toy.provider.answers = [{}, ConnectFailure("The connection was refused.")]
    toy.answer(talk, "one|two")
    assert tell(toy, "failed", "out-2", error="bad") == S.PENDING
    due(toy)
    toy.send(talk)
    assert delivery(toy).status == S.FAILED
    assert delivery(toy).last_error.startswith("Part 1 of 2: The message is not allowed.")
    assert Notice.objects.get().kind == Notice.Kind.DELIVERY_FAILED


def test_receipts_of_another_integration_change_nothing(toy, talk):
    toy.answer(talk, "hi")
    toy.hear({"kind": "receipt", "status": "read", "ids": ["somebody-elses"], "at": 1})
    assert delivery(toy).status == S.SENT


def test_outside_the_window_the_provider_is_not_called(toy, talk):
    Address.objects.update(last_said=clock.to_ms(clock.now() - timedelta(hours=2)))
    asked = len(toy.provider.asked)
    toy.answer(talk, "an agent may still write")
    assert len(toy.provider.asked) == asked + 1
    Address.objects.update(last_said=clock.to_ms(clock.now() - timedelta(days=2)))
    toy.answer(talk, "too late")
    assert len(toy.provider.asked) == asked + 1
    row = delivery(toy)
    assert row.status == S.WINDOW_CLOSED
    assert "Wait until they write again" in row.last_error
    assert not Endpoint.objects.filter(failures__gt=0).exists()


def test_a_window_is_for_who_wrote_it_whoever_sends_it(toy, talk):
    Address.objects.update(last_said=clock.to_ms(clock.now() - timedelta(hours=2)))
    for author, expected in [("bot", S.WINDOW_CLOSED), ("human", S.SENT)]:
        toy.answer(talk, author, author=author)
        assert delivery(toy).status == expected


def test_a_customer_who_blocked_us_is_asked_once_and_slows_nobody(toy, talk):
    toy.provider.answers = [{"error": "blocked"}]
    toy.answer(talk, "hi")
    assert delivery(toy).status == S.FAILED
    asked = len(toy.provider.asked)
    toy.answer(talk, "hi again")
    assert len(toy.provider.asked) == asked
    assert "opted out" in delivery(toy).last_error
    assert all(row.well for row in Endpoint.objects.all())
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m9", "text": "back again"})
    toy.answer(talk, "welcome")
    assert len(toy.provider.asked) == asked + 1


def test_a_dead_token_pauses_the_integration_and_tells_the_owner(toy, talk):
    toy.provider.answers = [{"error": "token"}]
    toy.answer(talk, "hi")
    known = Endpoint.objects.get(destination=toy.row)
    assert known.paused
    assert "Give a new one" in known.reason
    assert Notice.objects.filter(kind=Notice.Kind.ENDPOINT_PAUSED).count() == 1


def test_the_provider_says_when_to_come_back(toy, talk):
    toy.provider.answers = [{"error": "slow"}]
    toy.answer(talk, "hi")
    wait = delivery(toy).next_attempt - clock.now()
    assert timedelta(minutes=9) < wait <= timedelta(minutes=10)


def test_a_closed_conversation_and_the_next_one_have_one_address(toy, talk):
    """Their deliveries may be sent in one batch."""
    toy.provider.answers = [500]
    toy.answer(talk, "first")
    do_close(talk.pk)
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m2", "text": "again"})
    other = Conversation.objects.exclude(pk=talk.pk).get(integration=toy.row)
    assert other.address_id == Conversation.objects.get(pk=talk.pk).address_id
    rows = [delivery(toy), Delivery(conversation=other, destination=toy.row)]
    assert set(addresses_of(rows)) == {talk.pk, other.pk}


def test_the_ledger_holds_no_secret(toy, talk):
    toy.provider.answers = [{"error": "bad", "echo": f"for {TOKEN}"}]
    toy.answer(talk, f"my token is {TOKEN}")
    kept = Attempt.objects.filter(delivery__destination=toy.row).latest("id")
    assert TOKEN not in json.dumps([kept.request, kept.response, kept.error])
    assert TOKEN not in delivery(toy).last_error
    assert kept.request["url"].endswith("/bot***/send")


def test_a_number_or_a_label_chooses_once(toy, talk):
    actions = [
        {"type": "postback", "title": "Yes, please", "payload": "YES"},
        {"type": "postback", "title": "No", "payload": "NO"},
    ]
    toy.answer(talk, "numbers", actions=actions)
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m2", "text": "2"})
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m3", "text": "2"})
    heard = Activity.objects.filter(sender_type="Customer", type="message").order_by("event_id")
    assert [row.content["text"] for row in heard] == ["hello", "NO", "2"]
    kept = Attempt.objects.filter(delivery__destination=toy.row).latest("id")
    assert kept.request["degraded"] == ["shortened"]


def test_a_label_chooses_in_any_case(toy, talk):
    toy.answer(talk, "numbers", actions=[{"type": "postback", "title": "Yes, please", "payload": "YES"}])
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m2", "text": "yes, PLEASE "})
    assert Activity.objects.filter(sender_type="Customer").latest("event_id").content["text"] == "YES"


def test_a_pressed_choice_is_looked_up_in_the_message_that_offered_it(toy, talk):
    toy.answer(talk, "buttons", actions=[{"type": "postback", "title": "Yes", "payload": "a very long payload"}])
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m2", "text": "#0", "pressed": ["out-2", 0]})
    assert Activity.objects.filter(sender_type="Customer").latest("event_id").content["text"] == "a very long payload"


def test_a_label_that_is_a_number_goes_before_the_place(toy, talk):
    actions = [{"type": "postback", "title": title, "payload": f"{title} kg"} for title in ("3", "2", "1")]
    toy.answer(talk, "numbers", actions=actions)
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m2", "text": "1"})
    assert Activity.objects.filter(sender_type="Customer").latest("event_id").content["text"] == "1 kg"


def test_a_choice_without_a_payload_says_its_label(toy, talk):
    toy.answer(talk, "buttons", actions=[{"type": "postback", "title": "Yes", "payload": ""}])
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m2", "text": "#0", "pressed": ["out-2", 0]})
    assert Activity.objects.filter(sender_type="Customer").latest("event_id").content["text"] == "Yes"


def test_a_pressed_choice_may_name_the_delivery_that_offered_it(toy, talk):
    toy.answer(talk, "buttons", actions=[{"type": "postback", "title": "Yes", "payload": "a very long payload"}])
    ours = str(delivery(toy).pk)
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": "m2", "text": "#0", "pressed": [ours, 0]})
    assert Activity.objects.filter(sender_type="Customer").latest("event_id").content["text"] == "a very long payload"


@pytest.mark.parametrize(("word", "sent", "state"), [("once", 1, S.FAILED), ("as often as you like", 2, S.SENT)])
def test_without_an_answer_only_what_may_arrive_twice_is_sent_again(toy, talk, word, sent, state):
    toy.provider.answers = [DeadlineExceeded("It did not answer in full within 10 seconds.")]
    toy.answer(talk, word)
    due(toy)
    toy.send(talk)
    assert toy.provider.texts() == [word] * sent
    row = delivery(toy)
    assert row.status == state
    assert ("not known whether the message arrived" in row.last_error) == (state == S.FAILED)


def test_what_surely_did_not_arrive_is_sent_again(toy, talk):
    toy.provider.answers = [ConnectFailure("Nobody listens there.")]
    toy.answer(talk, "once")
    due(toy)
    toy.send(talk)
    assert (toy.provider.texts(), delivery(toy).status) == (["once"] * 2, S.SENT)


@pytest.mark.parametrize(("word", "sent"), [("once", 0), ("as often as you like", 1)])
def test_a_process_that_dies_in_a_call_leaves_a_doubt(toy, talk, word, sent):
    assert _left_open(toy, talk, word)
    Lane.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    toy.send(talk)
    assert toy.provider.texts() == [word] * sent
    assert delivery(toy).status == (S.SENT if sent else S.FAILED)
    kept = Attempt.objects.filter(delivery__destination=toy.row, number=1).order_by("id")
    assert [row.outcome for row in kept] == ["unknown", "sent" if sent else "failed"]
    assert all("once" not in row.request for row in kept)


def test_a_call_that_was_not_made_leaves_no_doubt(toy, talk):
    (held,) = _left_open(toy, talk, "once")
    held.left = True
    rounds.store(all_kinds()["delivery"], [held])
    Lane.objects.update(due=clock.now())
    toy.send(talk)
    assert (toy.provider.texts(), delivery(toy).status) == (["once"], S.SENT)


def _left_open(toy, talk, text):
    """A call that was prepared, and whose end nobody stored."""
    send, toy.send = toy.send, lambda conversation: None
    toy.answer(talk, text)
    toy.send = send
    return taken("delivery", Lane.objects.get(destination=toy.row, conversation=talk).pk)


def test_an_address_that_an_answer_tells_is_the_same_persons_and_the_old_one_is_written_to(toy, talk):
    for _again in range(2):
        toy.provider.answers = [{"moved": ["", "id-of-ann"]}]
        toy.answer(talk, "hi")
    assert [json.loads(request.body)["to"] for request in toy.provider.asked] == ["ann", "ann"]
    assert set(Address.objects.values_list("value", "contact")) == {
        ("ann", talk.address.contact_id), ("id-of-ann", talk.address.contact_id)
    }  # fmt: skip
    toy.hear({"kind": "say", "from": "id-of-ann", "at": clock.now_ms(), "id": "m2", "text": "me"})
    assert Conversation.objects.filter(integration=toy.row).count() == 1
    toy.answer(talk, "hi")
    assert json.loads(toy.provider.asked[-1].body)["to"] == "id-of-ann"


def test_an_address_that_cannot_be_stored_keeps_no_other_of_the_batch_from_it(toy, talk):
    toy.hear({"kind": "say", "from": "bob", "at": clock.now_ms(), "id": "m2", "text": "hello"})
    other = Conversation.objects.get(integration=toy.row, address__value="bob")
    toy.provider.answers = [500, 500]
    for one in (talk, other):
        toy.answer(one, "hi")
    due(toy)
    toy.provider.answers = [{"moved": ["", "x" * 500]}, {"moved": ["", "id-of-bob"]}]
    lanes = [Lane.objects.get(destination=toy.row, conversation=one) for one in (talk, other)]
    calls = [one for lane in lanes for one in taken("delivery", lane.pk)]
    for one in calls:
        async_to_sync(one.work)()
    assert rounds.store(all_kinds()["delivery"], calls) == []
    found = set(Address.objects.values_list("value", flat=True))
    assert found - {"x" * 500} == {"ann", "bob", "id-of-bob"}  # SQLite holds longer ones than it was told


def test_an_address_of_somebody_else_stays_theirs(toy, talk):
    toy.hear({"kind": "say", "from": "bob", "at": clock.now_ms(), "id": "m2", "text": "I am Bob"})
    bob = Address.objects.get(value="bob").contact_id
    toy.provider.answers = [{"moved": ["", "bob"]}]
    toy.answer(talk, "hi")
    assert Address.objects.get(value="bob").contact_id == bob != talk.address.contact_id


def test_somebody_with_several_addresses_moves_with_all_of_them(toy, talk):
    toy.hear({"kind": "say", "from": "ann", "others": [["", "ann-2"]], "at": clock.now_ms(), "id": "m2", "text": "me"})
    home, moved = talk.address.contact_id, clock.now_ms() + 60_000
    for _ in range(2):
        toy.hear({"kind": "moved", "old": ["ann-2", "ann"], "new": ["eve", "eve-2"], "at": moved})
    found = Address.objects.values_list("value", "contact")
    assert set(found) == {("eve", home), ("eve-2", home)}
    talk.refresh_from_db()
    assert talk.address.value == "eve" and talk.address.last_said
    toy.hear({"kind": "say", "from": "eve-2", "at": clock.now_ms(), "id": "m3", "text": "me"})
    assert Conversation.objects.filter(integration=toy.row).count() == 1
