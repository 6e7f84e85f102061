"""Bots that say that they are bots: the line goes before the bot's first words, once, and again after a person.

One property holds over all that may happen: nothing that a bot says reaches a customer who was not told.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.actions.deliveries import do_replay
from engine.actions.moves import do_hand_over
from engine.activity.disclosure import sentence
from engine.models import Activity, Attempt, Conversation, Delivery, Disclosure, Endpoint, Lane
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure
from portal.models import Hub
from tests.background import do_all, taken

LINE = sentence("disclosure", "en")
TOLD = f"{LINE}> "
W, R = Disclosure.Way, Disclosure.Reason


@pytest.fixture
def bot(toy):
    return toy.party.add("Direct", "Robot", integrationType="Bot")


def hear(toy, text, key, **more):
    toy.hear({"kind": "say", "from": "ann", "at": clock.now_ms(), "id": key, "text": text, **more})


@pytest.fixture
def talk(toy, bot):
    hear(toy, "hello", "m1")
    return Conversation.objects.get(integration=toy.row)


def send_due(toy, talk):
    Lane.objects.update(due=clock.now())
    Delivery.objects.filter(destination=toy.row, status="pending").update(next_attempt=clock.now())
    toy.send(talk)


def told(talk):
    return list(Disclosure.objects.filter(conversation=talk).order_by("event_id").values_list("reason", "told"))


def test_the_first_message_of_the_bot_begins_with_the_line_and_the_next_does_not(toy, talk, bot):
    toy.answer(talk, "hi", bot)
    toy.answer(talk, "more", bot)
    assert toy.provider.texts() == [f"{TOLD}hi", "more"]
    row = Disclosure.objects.get()
    assert (row.way, row.reason, row.language, row.text) == (W.LINE, R.FIRST, "en", LINE)
    assert row.told and row.hub == toy.party.hub
    assert row.event_id == Activity.objects.filter(sender_type="Bot").earliest("event_id").event_id


def test_a_person_says_no_line_and_a_hub_that_has_it_off_neither(toy, talk, bot):
    Hub.objects.update(discloses_bots=False)
    toy.answer(talk, "hi", bot)
    Hub.objects.update(discloses_bots=True)
    toy.answer(talk, "I am Ann", author="human")
    assert toy.provider.texts() == ["hi", "I am Ann"]
    assert not Disclosure.objects.exists()


def test_an_agent_integration_that_says_it_is_a_bot_is_one(toy, talk):
    toy.answer(talk, "hi", author="bot")
    assert toy.provider.texts() == [f"{TOLD}hi"]


def test_what_the_platform_says_for_the_bot_begins_with_it_too(toy, bot):
    toy.row.configuration = {**toy.row.configuration, "start": [{"type": "text", "text": "Welcome"}]}
    toy.row.save(update_fields=["configuration"])
    hear(toy, "hello", "m1")
    talk = Conversation.objects.get(integration=toy.row)
    toy.send(talk)
    toy.answer(talk, "hi", bot)
    assert toy.provider.texts() == [f"{TOLD}Welcome", "hi"]


def test_where_people_answer_what_the_platform_says_is_nobodys_bot(toy):
    toy.row.configuration = {**toy.row.configuration, "start": [{"type": "text", "text": "Welcome"}]}
    toy.row.save(update_fields=["configuration"])
    hear(toy, "hello", "m1")
    toy.send(Conversation.objects.get(integration=toy.row))
    assert toy.provider.texts() == ["Welcome"]


def test_it_is_said_in_the_customers_language_and_in_the_hubs_own_words(toy, bot):
    Hub.objects.update(disclosure_language="fr", disclosure_texts={"de": "Hier schreibt Robo."})
    hear(toy, "hallo", "m1", profile={"language": "de-AT"})
    toy.hear({"kind": "say", "from": "bob", "at": clock.now_ms(), "id": "m2", "text": "?"})
    for talk in Conversation.objects.filter(integration=toy.row).order_by("opened"):
        toy.answer(talk, "hi", bot)
    assert toy.provider.texts() == ["Hier schreibt Robo.> hi", f"{sentence('disclosure', 'fr')}> hi"]


def test_a_line_that_did_not_arrive_is_not_told(toy, talk, bot):
    toy.provider.answers = [{"error": "bad"}]
    toy.answer(talk, "lost", bot)
    assert told(talk) == [(R.FIRST, None)]
    toy.answer(talk, "hi", bot)
    assert toy.provider.texts() == [f"{TOLD}lost", f"{TOLD}hi"]
    assert [bool(at) for _, at in told(talk)] == [False, True]


def test_a_repeat_and_the_parts_of_a_message_keep_the_line_where_it_is(toy, talk, bot):
    toy.provider.answers = [ConnectFailure("Refused."), {}, ConnectFailure("Refused.")]
    toy.answer(talk, "one|two", bot)
    send_due(toy, talk)
    Hub.objects.update(discloses_bots=False, disclosure_texts={"en": "Other words"})
    send_due(toy, talk)
    assert toy.provider.texts() == [f"{TOLD}one", f"{TOLD}one", "two", "two"]
    assert len(told(talk)) == 1


def test_a_process_that_died_in_the_call_repeats_the_line(toy, talk, bot):
    send, toy.send = toy.send, lambda conversation: None
    toy.answer(talk, "hi", bot)
    assert taken("delivery", Lane.objects.get(destination=toy.row, conversation=talk).pk)
    assert told(talk) == [(R.FIRST, None)]
    toy.send = send
    Lane.objects.update(due=clock.now(), lease_token=None, lease_until=None)
    toy.send(talk)
    assert toy.provider.texts() == [f"{TOLD}hi"]
    assert Attempt.objects.filter(delivery__destination=toy.row).count() == 2
    assert len(told(talk)) == 1


def test_a_later_receipt_that_it_failed_takes_it_back(toy, talk, bot):
    toy.answer(talk, "hi", bot)
    toy.hear({"kind": "receipt", "status": "failed", "ids": ["out-2"], "at": 1, "error": "bad"})
    assert told(talk) == [(R.FIRST, None)]
    toy.answer(talk, "again", bot)
    assert toy.provider.texts() == [f"{TOLD}hi", f"{TOLD}again"]


def test_a_replay_of_what_was_told_does_not_tell_it_again(toy, talk, bot):
    toy.provider.answers = [{}, {}, {"error": "bad"}]
    toy.answer(talk, "hi|you", bot)
    toy.answer(talk, "lost", bot)
    for row in Delivery.objects.filter(destination=toy.row).order_by("event_id"):
        do_replay(row)
        toy.send(talk)
    assert toy.provider.texts() == [f"{TOLD}hi", "you", "lost", "hi", "you", "lost"]


def test_a_replay_of_what_failed_tells_it(toy, talk, bot):
    toy.provider.answers = [{"error": "bad"}]
    toy.answer(talk, "hi", bot)
    do_replay(Delivery.objects.get(destination=toy.row))
    toy.send(talk)
    assert toy.provider.texts() == [f"{TOLD}hi"] * 2
    assert len(told(talk)) == 1 and told(talk)[0][1]


def test_where_failed_messages_are_skipped_the_next_one_tells_it_and_the_failed_one_then_does_not(toy, talk, bot):
    Endpoint.objects.update_or_create(destination=toy.row, defaults={"in_order": False})
    toy.provider.answers = [{"error": "slow"}]
    toy.answer(talk, "first", bot)
    toy.answer(talk, "second", bot)
    send_due(toy, talk)
    assert toy.provider.texts() == [f"{TOLD}first", f"{TOLD}second", "first"]
    assert len(told(talk)) == 1


def test_it_is_said_again_when_a_person_hands_back(toy, talk, bot):
    toy.answer(talk, "hi", bot)
    toy.answer(talk, "Ann here", author="human")
    do_hand_over(talk.pk, "hubster.handback", "silence")
    do_all("pipeline")
    toy.answer(talk, "me again", bot)
    toy.answer(talk, "and again", bot)
    assert toy.provider.texts() == [f"{TOLD}hi", "Ann here", f"{TOLD}me again", "and again"]
    assert [reason for reason, _ in told(talk)] == [R.FIRST, R.HANDBACK]


def later(talk, hours):
    """Everything in the conversation was that much earlier."""
    span = hours * 3_600_000
    rows = Activity.objects.filter(conversation=talk).order_by("event_id")
    moved = [(row.pk, row.event_id - span) for row in rows]
    for key, event_id in moved:
        Activity.objects.filter(pk=key).update(event_id=event_id)
        Delivery.objects.filter(activity=key).update(event_id=event_id)
    for row in Disclosure.objects.filter(conversation=talk):
        Disclosure.objects.filter(pk=row.pk).update(event_id=row.event_id - span)


@pytest.mark.parametrize(
    ("silence", "hours", "again"), [(24, 23, False), (24, 25, True), (0, 9_000, False), (2, 3, True)]
)
def test_it_is_said_again_after_a_long_silence_of_the_bot(toy, talk, bot, silence, hours, again):
    Hub.objects.update(disclosure_silence=silence)
    toy.answer(talk, "hi", bot)
    later(talk, hours)
    toy.answer(talk, "still here", bot)
    assert toy.provider.texts()[-1] == (f"{TOLD}still here" if again else "still here")


def test_a_bot_that_goes_on_speaking_is_not_silent(toy, talk, bot):
    toy.answer(talk, "hi", bot)
    later(talk, 20)
    toy.answer(talk, "still here", bot)
    later(talk, 20)
    toy.answer(talk, "and still", bot)
    assert toy.provider.texts() == [f"{TOLD}hi", "still here", "and still"]


def test_a_customer_who_asks_for_a_person_gets_one_and_is_told_in_their_language(toy, talk, bot):
    toy.answer(talk, "hi", bot)
    hear(toy, "Bitte einen Menschen!", "m2")
    do_all("pipeline")
    toy.send(talk)
    talk.refresh_from_db()
    assert talk.side == "Agent"
    assert toy.provider.texts()[-1] == sentence("handover", "de")
    row = Activity.objects.get(content__text="Bitte einen Menschen!")
    assert row.recipient_integration == toy.party.agent
    assert Activity.objects.filter(author_type="rule", type="message").count() == 1


def test_where_nobody_is_there_the_answer_is_honest(toy, talk, bot):
    toy.party.agent.delete()
    hear(toy, "I want to talk to a human", "m2")
    do_all("pipeline")
    toy.send(talk)
    talk.refresh_from_db()
    assert talk.side == "Bot"
    assert toy.provider.texts() == [f"{TOLD}{sentence('nobody', 'en')}"]


def test_a_customer_of_a_hub_that_has_it_off_is_the_bots(toy, talk, bot):
    Hub.objects.update(discloses_bots=False)
    hear(toy, "I want to talk to a human", "m2")
    talk.refresh_from_db()
    assert talk.side == "Bot"
    assert not Activity.objects.filter(sender_type="Hubster").exists()


WORDS = {"words": "bot words", "parts": "bot words|bot more", "fails": "bot words", "breaks": "bot words|bot more"}
ANSWERS = {"fails": [{"error": "bad"}], "breaks": [{}, ConnectFailure("The connection was refused.")]}
STEPS = st.sampled_from([
    "words", "words", "words", "parts", "fails", "breaks", "dies", "person", "back", "asks", "receipt", "replay", "day",
    "retry",
])  # fmt: skip


class Story:
    """One conversation in which anything happens."""

    def __init__(self, toy, bot, number):
        self.toy, self.bot, self.name, self.count, self.lost = toy, bot, f"customer-{number}", 0, set()
        toy.provider.taken.clear()
        self.hear("hello")
        self.talk = Conversation.objects.get(address__value=self.name)

    def hear(self, text):
        self.count += 1
        said = {"kind": "say", "from": self.name, "at": clock.now_ms(), "id": f"{self.name}-{self.count}", "text": text}
        self.toy.hear(said)

    def go_on(self, step):
        """One step, then all work that is due."""
        self.talk.refresh_from_db()
        if step in WORDS or step == "dies":
            if self.talk.side == "Bot":
                self.speak(step)
        elif step == "person":
            self.toy.answer(self.talk, "human words", author="human")
        elif step == "back" and self.talk.side == "Agent":
            do_hand_over(self.talk.pk, "hubster.handback", "silence")
        elif step == "asks":
            self.hear("a person, please")
        elif step == "day":
            later(self.talk, 25)
        elif step in ("receipt", "replay", "retry"):
            getattr(self, step)(Delivery.objects.filter(destination=self.toy.row, conversation=self.talk))
        do_all("pipeline")
        if Lane.objects.filter(destination=self.toy.row, conversation=self.talk).exists():
            self.toy.send(self.talk)

    def speak(self, step):
        self.toy.provider.answers = list(ANSWERS.get(step, []))
        if step != "dies":
            self.toy.answer(self.talk, WORDS[step], self.bot)
            self.toy.provider.answers.clear()
            return
        send, self.toy.send = self.toy.send, lambda conversation: None
        self.toy.answer(self.talk, "bot once", self.bot)
        self.toy.send = send
        taken("delivery", Lane.objects.get(destination=self.toy.row, conversation=self.talk).pk)
        Lane.objects.update(lease_token=None, lease_until=None)

    def receipt(self, rows):
        """What the provider took last did not arrive after all."""
        sent = rows.filter(status="sent", parts_done=1).order_by("event_id").last()
        if sent and (ids := list(sent.provider_messages.values_list("external_id", flat=True))):
            self.lost |= set(ids)
            self.toy.hear({"kind": "receipt", "status": "failed", "ids": ids, "at": 1, "error": "bad"})

    def replay(self, rows):
        if over := rows.exclude(status="pending").order_by("event_id").first():
            do_replay(over)

    def retry(self, rows):
        rows.filter(status="pending").update(next_attempt=clock.now())
        Lane.objects.filter(due__isnull=False).update(due=clock.now())

    def check(self, seen):
        """What the customer got since the last look: words of a bot only after a line that arrived."""
        for place in range(seen, len(self.toy.provider.taken)):
            before = self.toy.provider.taken[: place + 1]
            text = before[-1][1]
            assert LINE not in text or text.startswith(TOLD)
            if text.startswith("bot"):
                assert any(LINE in one for key, one in before if key not in self.lost), before
        return len(self.toy.provider.taken)


@pytest.mark.parametrize("in_order", [True, False])
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=3, max_size=12))
def test_whatever_happens_no_word_of_a_bot_goes_before_the_line(toy, bot, in_order, steps):
    Endpoint.objects.update_or_create(destination=toy.row, defaults={"in_order": in_order})
    story = Story(toy, bot, Conversation.objects.count())
    seen = lines = 0
    for step in steps:
        story.go_on(step)
        seen = story.check(seen)
    for key, text in toy.provider.taken:
        lines += LINE in text and key not in story.lost
    occasions = 1 + sum(step in ("back", "day", "person", "asks") for step in steps)
    assert lines <= occasions
