"""Slack through the whole of Hubster: customers' messages become threads, what agents reply there goes to customers."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from slack_sdk.signature import SignatureVerifier

from engine.delivery import call
from engine.files import media
from engine.models import (
    Activity,
    Attempt,
    Colleague,
    Conversation,
    Delivery,
    Endpoint,
    InboxPost,
    Lane,
    MediaFetch,
    Notice,
    Thread,
)
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure, DeadlineExceeded
from portal.actions import providers
from portal.models import Integration
from tests.adapters.provider_peer import answer
from tests.background import do_all, do_deliver, do_jobs
from tests.inbox.slack_peer import APP, BOT, HOOK, SIGNING, Workspace, form_of, typed
from tests.inbox.test_twiliosms import PIXEL

S = Delivery.Status


@pytest.fixture
def slack(monkeypatch, settings):
    settings.HUBSTER_SLACK_API = "https://slack.com"
    settings.HUBSTER_SLACK_CLIENT_ID, settings.HUBSTER_SLACK_CLIENT_SECRET = "1.2", "client-secret"
    settings.HUBSTER_SLACK_SIGNING_SECRET = SIGNING
    found = Workspace()
    monkeypatch.setattr(providers, "send", found)
    monkeypatch.setattr(call, "asend", found.asend)
    monkeypatch.setattr(media, "asend", found.asend)
    return found


@pytest.fixture
def shop(transactional_db, acme, slack, still):
    """A hub whose agents are in Slack."""
    row = acme.add("Slack", "Slack", code="code-1", nonce="mine")
    slack.asked.clear()
    return row


def write(party, talk: Conversation, text: str = "Where is my tea?", **message: Any) -> None:
    """The customer writes, and it goes as far as it can."""
    body = {"message": {"type": "text", "text": text, **message}}
    answered = party.api("engine").post(f"/inbound/customer/v1/direct/activity/{talk.pk}", body, format="json")
    assert answered.status_code == 200, answered.content
    flow(talk)


def flow(talk: Conversation) -> None:
    do_all("inbox")
    do_all("pipeline")
    for lane in Lane.objects.filter(conversation=talk, destination__channel="Slack"):
        do_deliver(lane.pk)


def hear(slack: Workspace, talk: Conversation, *events: dict[str, Any]) -> None:
    for event in events:
        assert slack.event(event).status_code == 200
    flow(talk)


def told(talk: Conversation) -> list[str]:
    """The texts that the customer got."""
    rows = Activity.objects.filter(conversation=talk, recipient_type="Customer", type="message").order_by("event_id")
    return [row.content.get("text") or row.content.get("url") for row in rows]


@pytest.fixture
def talk(acme, shop):
    return acme.establish()


# --- threads -------------------------------------------------------------------------------------------------
def test_a_conversation_is_a_thread(acme, slack, shop, talk):
    write(acme, talk)
    write(acme, talk, "Hello?")
    root, first, second = slack.posted
    name = talk.properties["profile"]["full name"]
    assert "thread_ts" not in root
    assert root["channel"] == "C1"
    assert name in root["blocks"][0]["text"]["text"]
    assert [(post["text"], post["thread_ts"], post["username"]) for post in (first, second)] == [
        ("Where is my tea?", root["ts"], name), ("Hello?", root["ts"], name)]  # fmt: skip
    assert Thread.objects.get().conversation == talk
    assert set(Delivery.objects.filter(destination=shop).values_list("status", flat=True)) == {S.SENT}


def test_two_conversations_are_two_threads(acme, slack, shop, talk):
    other = acme.establish()
    write(acme, talk)
    write(acme, other, "And mine?")
    roots = [post["ts"] for post in slack.posted if "thread_ts" not in post]
    assert [post["thread_ts"] for post in slack.posted if "thread_ts" in post] == roots


def test_an_agent_in_the_thread_answers_the_customer(acme, slack, shop, talk):
    write(acme, talk)
    hear(
        slack, talk, typed(slack.posted[0], "On its way &amp; soon <https://shop.example|shop.example>", "1700000001.1")
    )
    assert told(talk) == ["On its way & soon https://shop.example"]
    talk.refresh_from_db()
    assert (talk.assignee, talk.side, talk.unanswered) == (shop, "Agent", False)
    row = Activity.objects.get(sender_integration=shop)
    assert (row.external_id, row.author_name) == ("C1:1700000001.1", "U1")
    assert len(slack.posted) == 2, "what an agent says is not posted once more"


def test_a_repeated_event_changes_nothing(acme, slack, shop, talk):
    write(acme, talk)
    event = typed(slack.posted[0], "Hi", "1700000001.1")
    hear(slack, talk, event, event)
    hear(slack, talk, event)
    assert told(talk) == ["Hi"]


def test_two_agents_in_one_thread_are_told_apart(acme, slack, shop, talk):
    write(acme, talk)
    root = slack.posted[0]
    hear(slack, talk, typed(root, "I look", "1700000001.1", "U1"), typed(root, "Found", "1700000002.1", "U2"))
    do_jobs()
    rows = Activity.objects.filter(sender_integration=shop).order_by("event_id")
    assert [row.author_name for row in rows] == ["Name of U1", "Name of U2"]
    assert sorted(form_of(request)["user"] for request in slack.to("users.info")) == ["U1", "U2"]
    assert told(talk) == ["I look", "Found"]


def test_what_is_said_elsewhere_in_slack_is_nobodys_answer(acme, slack, shop, talk):
    write(acme, talk)
    root = slack.posted[0]
    elsewhere = typed({"channel": "C1", "ts": "1600000000.1"}, "Lunch?", "1700000001.1")
    channel = {key: value for key, value in typed(root, "News", "1700000002.1").items() if key != "thread_ts"}
    bot = typed(root, "Beep", "1700000003.1", bot_id="B7", app_id="A7")
    hear(slack, talk, elsewhere, channel, bot, typed(root, "joined", "1700000004.1", subtype="channel_join"))
    assert told(talk) == []
    assert not InboxPost.objects.exists()


def test_another_tenants_workspace_speaks_in_no_thread_of_ours(acme, globex, slack, shop, talk):
    write(acme, talk)
    slack.tokens["team"] = {"id": "T2", "name": "Other"}
    globex.add("Slack", "Slack", code="code-2", nonce="mine")
    assert slack.event(typed(slack.posted[0], "Hi", "1700000001.1"), team_id="T2").status_code == 200
    own = {**slack.posted[0], "type": "message", "bot_id": BOT, "app_id": APP}
    assert slack.event(own, team_id="T2").status_code == 200
    flow(talk)
    assert told(talk) == []
    assert Thread.objects.count() == 1


def test_a_reply_to_a_closed_conversation_is_refused_in_the_thread(acme, slack, shop, talk):
    write(acme, talk)
    assert acme.api("engine").post(f"/api/v1/conversations/{talk.pk}/close").status_code == 200
    event = typed(slack.posted[0], "Too late", "1700000001.1")
    hear(slack, talk, event, event)
    assert told(talk) == []
    assert "Not sent to the customer." in slack.posted[-1]["text"]
    assert len(slack.posted) == 3
    assert not InboxPost.objects.exists()


# --- a lost answer ---------------------------------------------------------------------------------------------
def test_a_thread_whose_answer_was_lost_is_found_again_by_its_event(acme, slack, shop, talk):
    post = slack.chat_postMessage

    def post_and_say_nothing(request: Any) -> Any:
        post(request)
        raise DeadlineExceeded("It did not answer in full within 10 seconds.")

    slack.chat_postMessage = post_and_say_nothing
    write(acme, talk)
    slack.chat_postMessage = post
    (root,) = slack.posted
    hear(slack, talk, {**root, "type": "message", "bot_id": BOT, "app_id": APP})
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=False):
        flow(talk)
    assert [one.get("thread_ts") for one in slack.posted] == [None, root["ts"]]
    assert Delivery.objects.get(destination=shop).status == S.SENT


def test_a_post_whose_answer_was_lost_is_not_made_again(acme, slack, shop, talk, settings):
    settings.HUBSTER_RETRY_UNIT = 0
    write(acme, talk)
    slack.faults["chat.postMessage"] = [DeadlineExceeded("It did not answer in full within 10 seconds.")]
    write(acme, talk, "Hello?")
    row = Delivery.objects.filter(destination=shop).latest("event_id")
    assert row.status == S.FAILED
    assert "not known whether the message arrived" in row.last_error
    assert Notice.objects.filter(integration=shop, kind=Notice.Kind.DELIVERY_FAILED).exists()


def test_a_post_that_slack_never_got_is_made_again(acme, slack, shop, talk, settings):
    settings.HUBSTER_RETRY_UNIT = 0
    write(acme, talk)
    slack.faults["chat.postMessage"] = [ConnectFailure("Nobody there.")]
    write(acme, talk, "Hello?")
    assert [post["text"] for post in slack.posted[1:]] == ["Where is my tea?", "Hello?"]


def test_a_forged_root_of_another_app_opens_nothing(acme, slack, shop, talk):
    forged = {"type": "message", "channel": "C9", "ts": "1.1", "bot_id": "B7", "app_id": "A7",
              "blocks": [{"type": "section", "block_id": f"hubster:{talk.pk}"}]}  # fmt: skip
    hear(slack, talk, forged)
    assert not Thread.objects.exists()


def test_a_channel_that_is_gone_gets_a_new_thread_elsewhere(acme, slack, shop, talk, settings):
    settings.HUBSTER_RETRY_UNIT = 0
    write(acme, talk)
    slack.faults["chat.postMessage"] = ["is_archived"]
    write(acme, talk, "Hello?")
    assert [("thread_ts" in post, post["text"]) for post in slack.posted[3:]] == [(True, "Hello?")]
    assert Thread.objects.get().key == slack.posted[2]["ts"]


def test_slack_asks_for_fewer_messages(acme, slack, shop, talk):
    write(acme, talk)
    slack.faults["chat.postMessage"] = [answer({"ok": False, "error": "ratelimited"}, 429, retry_after="30")]
    write(acme, talk, "One")
    write(acme, talk, "Two")
    row = Delivery.objects.filter(destination=shop, activity__content__text="One").get()
    assert (row.status, row.attempts) == (S.PENDING, 1)
    assert not Endpoint.objects.get(destination=shop).paused
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=False):
        flow(talk)
    assert [post["text"] for post in slack.posted[2:]] == ["One", "Two"]


# --- commands and buttons --------------------------------------------------------------------------------------
def test_a_command_is_answered_in_the_thread_and_only_there(acme, slack, shop, talk):
    write(acme, talk)
    hear(slack, talk, typed(slack.posted[0], "::help", "1700000001.1"))
    assert "::resp" in slack.posted[-1]["text"]
    assert slack.posted[-1]["thread_ts"] == slack.posted[0]["ts"]
    assert told(talk) == []


def test_a_button_of_the_root_types_its_command(acme, slack, shop, talk):
    write(acme, talk)
    take_over = slack.posted[0]["blocks"][1]["elements"][0]
    assert slack.press(slack.posted[0], take_over).status_code == 200
    assert slack.press(slack.posted[0], take_over).status_code == 200
    flow(talk)
    talk.refresh_from_db()
    assert talk.assignee == shop
    assert Activity.objects.filter(sender_integration=shop, content__text="::takeover").count() == 1
    assert Colleague.objects.get().name == "ada"


def test_a_button_whose_payload_is_long_says_it_whole(acme, slack, shop, talk):
    payload = "L" * 2_001
    write(acme, talk, actions=[{"type": "postback", "title": "Large", "payload": payload}])
    post = slack.posted[-1]
    assert slack.press(post, post["blocks"][0]["elements"][0]).status_code == 200
    flow(talk)
    assert told(talk) == [payload]


# --- edits, deletions, files -------------------------------------------------------------------------------------
def test_an_edit_is_an_event_and_the_agent_is_told_that_the_customer_keeps_the_first(acme, slack, shop, talk):
    write(acme, talk)
    root = slack.posted[0]
    hear(slack, talk, typed(root, "Tomorow", "1700000001.1"))
    now = {**typed(root, "Tomorrow", "1700000001.1"), "edited": {"user": "U1", "ts": "1700000005.0"}}
    before = typed(root, "Tomorow", "1700000001.1")
    changed = {"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "1700000005.2", "message": now,
               "previous_message": before}  # fmt: skip
    hear(slack, talk, changed, changed)
    event = Activity.objects.get(sender_integration=shop, type="event")
    assert event.content["payload"] == {"externalId": "C1:1700000001.1", "text": "Tomorrow"}
    assert event.content["payloadType"] == "hubster.edited"
    assert "as it was first sent" in slack.posted[-1]["text"]
    assert told(talk) == ["Tomorow"]
    gone = {"type": "message", "subtype": "message_deleted", "channel": "C1", "ts": "1700000006.1",
            "deleted_ts": "1700000001.1", "previous_message": before}  # fmt: skip
    hear(slack, talk, gone)
    assert Activity.objects.filter(sender_integration=shop, content__payloadType="hubster.deleted").count() == 1


def test_an_edit_of_a_command_and_a_preview_are_no_news(acme, slack, shop, talk):
    write(acme, talk)
    root = slack.posted[0]
    hear(slack, talk, typed(root, "::help", "1700000001.1"), typed(root, "See https://x.example", "1700000002.1"))
    count = Activity.objects.count()
    edited = {**typed(root, "::resp", "1700000001.1"), "edited": {"user": "U1", "ts": "1700000005.0"}}
    unfurled = {**typed(root, "See https://x.example", "1700000002.1"), "attachments": [{}]}
    for now in (edited, unfurled):
        before = {**now, "text": "See https://x.example"}
        hear(slack, talk, {"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "1700000005.2",
                           "message": now, "previous_message": before})  # fmt: skip
    assert Activity.objects.count() == count


def test_files_of_agents_reach_the_customer_from_our_own_address(acme, slack, shop, talk, settings):
    write(acme, talk)
    file = {"id": "F1", "name": "label.png", "mimetype": "image/png", "size": len(PIXEL),
            "url_private_download": "https://files.slack.com/files-pri/T1-F1/download/label.png"}  # fmt: skip
    event = typed(slack.posted[0], "Your label", "1700000001.1", subtype="file_share", files=[file])
    hear(slack, talk, event, event)
    assert told(talk)[0] == "Your label"
    assert told(talk)[1].startswith(settings.PUBLIC_URL)
    setattr(slack, "/files-pri/T1-F1/download/label_png", lambda request: answer(PIXEL, content_type="image/png"))
    do_all("media")
    row = MediaFetch.objects.get()
    assert row.file
    assert slack.asked[-1].headers["Authorization"] == "Bearer xoxb-1"


def test_a_token_is_never_sent_to_a_strangers_file(acme, slack, shop, talk):
    write(acme, talk)
    file = {"id": "F1", "name": "x.png", "mimetype": "image/png", "url_private_download": "https://evil.example/x.png"}
    hear(slack, talk, typed(slack.posted[0], "", "1700000001.1", subtype="file_share", files=[file]))
    do_all("media")
    assert not [request for request in slack.asked if "evil" in request.url]
    assert "not kept by Slack" in MediaFetch.objects.get().error


# --- who answers -------------------------------------------------------------------------------------------------
def test_a_bot_that_hands_over_begins_the_thread_with_what_was_said(acme, slack, shop):
    bot = acme.add("Direct", "Bot", integrationType="Bot")
    talk = acme.establish()
    write(acme, talk, "Which tea is it?")
    assert not slack.posted
    path, sender = f"/inbound/business/v1/direct/activity/{talk.pk}", {"integrationId": str(bot.pk)}
    event = {"type": "payload", "payloadType": "hubster.handover", "payload": {}}
    given = acme.api("engine").post(path, {"sender": sender, "event": event}, format="json")
    assert given.status_code == 200, given.content
    flow(talk)
    root, handover = slack.posted
    assert "waiting for an agent" in handover["text"]
    assert "Customer: Which tea is it?" in handover["text"]
    hear(slack, talk, typed(root, "Here I am", "1700000001.1"), typed(root, "::handback", "1700000002.1"))
    talk.refresh_from_db()
    assert talk.side == "Bot"
    write(acme, talk, "Thanks, bot")
    assert not [post for post in slack.posted if post["text"] == "Thanks, bot"]


# --- the end of access ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("event", [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": ["U0"]}}])
def test_a_workspace_that_removes_the_app_pauses_with_an_alert(acme, slack, shop, talk, event):
    hear(slack, talk, event)
    assert Endpoint.objects.get(destination=shop).paused
    notice = Notice.objects.get(integration=shop)
    assert "Slack workspace" in notice.text
    assert "Reconnect" in notice.text
    write(acme, talk)
    assert not slack.posted
    assert Delivery.objects.get(destination=shop).status == S.PENDING


def test_late_news_of_an_earlier_access_pause_nothing(acme, slack, shop, talk):
    assert slack.event({"type": "app_uninstalled"}, event_time=1_600_000_000).status_code == 200
    flow(talk)
    assert not Endpoint.objects.filter(paused__isnull=False).exists()


def test_a_person_who_leaves_pauses_nothing(acme, slack, shop, talk):
    hear(slack, talk, {"type": "tokens_revoked", "tokens": {"oauth": ["U9"]}})
    assert not Endpoint.objects.filter(paused__isnull=False).exists()


def test_a_dead_token_pauses_and_nothing_is_lost(acme, slack, shop, talk, settings):
    settings.HUBSTER_RETRY_UNIT = 0
    slack.faults["chat.postMessage"] = ["account_inactive"]
    write(acme, talk)
    row = Delivery.objects.get(destination=shop)
    assert Endpoint.objects.get(destination=shop).paused
    assert "Reconnect" in Notice.objects.filter(integration=shop).first().text
    assert row.status == S.FAILED


# --- the address ---------------------------------------------------------------------------------------------------
def test_the_address_answers_slacks_test_of_it(db, slack):
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "old"})
    found = slack.post(body)
    assert (found.status_code, found.content) == (200, b"abc")
    assert slack.post(body, **{"X-Slack-Signature": "v0=0"}).status_code == 401


def test_old_forged_and_unsigned_requests_are_refused(db, slack):
    with time_machine.travel(clock.now() - timedelta(seconds=302), tick=False):
        at = str(int(clock.now().timestamp()))
    signature = SignatureVerifier(SIGNING).generate_signature(timestamp=at, body="{}")
    given = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}
    assert slack.post("{}", **given).status_code == 401
    assert slack.post("{}", **{"X-Slack-Request-Timestamp": "soon"}).status_code == 401
    assert slack.post("{}", **{"X-Slack-Signature": ""}).status_code == 401
    assert slack.post("no json").status_code == 400
    assert slack.post("payload=%", "application/x-www-form-urlencoded").status_code == 400


def test_without_a_signing_secret_nothing_is_taken(db, slack, settings):
    settings.HUBSTER_SLACK_SIGNING_SECRET = ""
    assert slack.event({"type": "app_uninstalled"}).status_code == 401


def test_the_integrations_own_address_works_and_the_customers_side_has_none(acme, slack, shop, talk):
    write(acme, talk)
    event = typed(slack.posted[0], "Hi", "1700000001.1")
    assert slack.event(event, path=f"{HOOK}/{shop.pk}").status_code == 200
    assert slack.event(event, path="/inbound/customer/v1/slack").status_code == 404
    assert slack.event(event, path="/inbound/business/v1/telegram").status_code == 404
    flow(talk)
    assert told(talk) == ["Hi"]


def test_an_unknown_workspace_is_acknowledged_and_nothing_stored(db, slack):
    assert slack.event({"type": "app_uninstalled"}, team_id="T404").status_code == 200
    assert not InboxPost.objects.exists()


def test_secrets_are_in_no_ledger(acme, slack, shop, talk):
    write(acme, talk)
    kept = json.dumps(list(Attempt.objects.values_list("request", "response")), default=str)
    assert "xoxb-1" not in kept


def test_deleting_revokes_both_tokens(acme, slack, shop):
    assert acme.api("portal").delete(f"/api/v1/integrations/{shop.pk}").status_code == 200
    assert [request.headers["Authorization"] for request in slack.to("auth.revoke")] == [
        "Bearer xoxb-1",
        "Bearer xoxp-1",
    ]
    assert not Integration.objects.filter(channel="Slack").exists()
