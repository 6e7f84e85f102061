"""Commands: prepared responses, transfers, lists, help, handovers; who sees what of them."""

import pytest
from rest_framework.test import APIClient

from engine.models import Activity, Conversation, Delivery, VisitorGrant
from portal.identity import tokens
from portal.models import DynamicCommand, ResponseCommand, TransferCommand
from tests.cast import TenantFixture
from tests.engine.test_handover import post, say, words
from tests.openapi.contract import judge
from tests.two_tenants import webchat_token

CONTACT = {
    "type": "contact",
    "title": "Eva Green",
    "properties": [{"key": "Cell", "value": "+1", "type": "phone;cell"}],
}
INTRO = {"type": "text", "text": "Below is my contact info"}


@pytest.fixture
def prepared(inline, acme):
    """A hub with commands, an observer and a visitor on WebChat."""
    hub = acme.hub
    make = ResponseCommand.objects.create
    make(hub=hub, name="contact.eva.green", category="contacts", description="Eva's contact", to="customer",
         kind="message", responses=[INTRO, CONTACT])  # fmt: skip
    make(hub=hub, name="House rules", category="staff", to="agent", kind="message", responses=[words("Be kind.")])
    make(hub=hub, name="wave", category="fun", to="customer", kind="event",
         responses=[{"type": "payload", "payloadType": "wave", "payload": {}}])  # fmt: skip
    page = {"url": "https://shop.example.com", "link_description": "To the shop", "mount_delay": 1000}
    TransferCommand.objects.create(hub=hub, name="shopify", **page)
    acme.observer = acme.add("System", "Observer", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    return acme


@pytest.fixture
def talk(prepared):
    """A conversation on WebChat that an agent holds."""
    conversation, _ = say(
        prepared, prepared.establish(integration=prepared.webchat), prepared.agent, message=words("Hello!")
    )
    return conversation


def typed(party: TenantFixture, conversation, line: str, sender=None) -> str:
    """Type a command; its activity's id."""
    _, sent = say(party, conversation, sender or party.agent, message=words(line))
    return sent["interactionId"]


def after(conversation, key: str) -> list[Activity]:
    """What followed a command."""
    line = Activity.objects.get(pk=key)
    return list(Activity.objects.filter(conversation=conversation, event_id__gt=line.event_id).order_by("event_id"))


def receivers(activity) -> set[str]:
    rows = Delivery.objects.filter(activity=activity, echo=False)
    return set(rows.values_list("destination__name", flat=True))


def told(conversation) -> dict:
    """The newest answer to a author."""
    rows = Activity.objects.filter(conversation=conversation, content__type="command")
    row = rows.order_by("-event_id").first()
    assert (row.sender_type, row.flow) == ("Hubster", "AutoReplay")
    return row.content


def code_of(content: dict) -> str:
    assert content["status"] == "failed"
    return f"ENG{content['errors'][0]['code']:06d}"


def test_a_response_reaches_the_customer_in_order_and_the_line_itself_nobody(prepared, talk):
    key = typed(prepared, talk, "::resp -n contact.eva.green")
    intro, contact, answer = after(talk, key)
    assert [row.content for row in (intro, contact)] == [INTRO, CONTACT]
    assert receivers(intro) == receivers(contact) == {prepared.webchat.name, prepared.observer.name}
    assert (intro.sender_type, intro.sender_integration) == ("Agent", prepared.agent)
    assert answer.content["text"] == "contact.eva.green: 2 messages sent to the customer."
    assert receivers(answer) == {prepared.agent.name}
    assert receivers(key) == set(), "neither the customer nor a webhook gets the line"


def test_a_response_may_be_for_the_agent_alone(prepared, talk):
    rules, answer = after(talk, typed(prepared, talk, '::resp "house rules"'))
    assert rules.content["text"] == "Be kind."
    assert receivers(rules) == {prepared.agent.name}
    assert rules.sender_type == answer.sender_type == "Hubster"


def test_a_response_may_be_an_event(prepared, talk):
    wave, _ = after(talk, typed(prepared, talk, "::resp -n wave"))
    assert (wave.type, wave.content["payloadType"]) == ("event", "wave")
    assert receivers(wave) == {prepared.webchat.name}


@pytest.mark.parametrize(("line", "force"), [("::trans -n shopify", False), ("::trans -force -n shopify", True)])
def test_a_transfer_reaches_the_visitor_as_documented(prepared, talk, line, force):
    event, answer = after(talk, typed(prepared, talk, line))
    payload = {"url": "https://shop.example.com", "label": "To the shop", "mount": 1000, "force": force}
    assert event.content == {"type": "payload", "payloadType": "hubster.transfer", "payload": payload}
    assert receivers(event) == {prepared.webchat.name}
    assert answer.content["status"] == "done"


def test_on_other_channels_a_transfer_is_not_sent_and_the_agent_is_told_why(prepared):
    conversation, _ = say(prepared, prepared.establish(), prepared.agent, message=words("Hello!"))
    (answer,) = after(conversation, typed(prepared, conversation, "::trans -n shopify"))
    assert "page links work in the web chat only" in answer.content["text"]
    assert code_of(answer.content) == "ENG009299"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("::", "ENG009000"),
        ("::resp -x", "ENG009000"),
        ('::resp "open', "ENG009000"),
        ("::nothing here", "ENG009001"),
        ("::resp -n nobody", "ENG009200"),
        ("::trans -n nobody", "ENG009200"),
        ("::resp --list -c none", "ENG009202"),
    ],
)
def test_what_is_wrong_is_told_to_the_typist_by_its_code(prepared, talk, line, code):
    (answer,) = after(talk, typed(prepared, talk, line))
    assert receivers(answer) == {prepared.agent.name}
    assert code_of(answer.content) == code
    assert answer.content["errors"][0]["description"].endswith(f"(code: {code})")
    assert answer.content["command"] == line


@pytest.mark.parametrize("command", ["resp", "trans"])
def test_a_name_that_is_not_found_is_named_and_the_error_has_its_documented_text(prepared, talk, command):
    (answer,) = after(talk, typed(prepared, talk, f"::{command} -n nobody"))
    assert answer.content["text"].startswith(f"Command 'nobody' was not found. Type ::{command} --list ")
    documented = f"Command was not found. Please type ::{command} --list to see the full list of available commands."
    assert answer.content["errors"] == [{"code": 9200, "description": f"{documented} (code: ENG009200)"}]


@pytest.mark.parametrize("line", ["::resp --list", "::trans --list", "::resp -n x", "::trans -n x"])
def test_a_hub_without_commands_says_so(inline, acme, line):
    conversation, _ = say(acme, acme.establish(), acme.agent, message=words("Hello!"))
    (answer,) = after(conversation, typed(acme, conversation, line))
    assert code_of(answer.content) == "ENG009201"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("::resp --list", ["House rules", "contact.eva.green", "wave"]),
        ("::resp", ["House rules", "contact.eva.green", "wave"]),
        ("::resp --list -c Contacts", ["contact.eva.green"]),
        ("::trans --list", ["shopify"]),
    ],
)
def test_lists_name_what_can_be_typed(prepared, talk, line, names):
    typed(prepared, talk, line)
    answer = told(talk)
    assert sorted(shown["name"] for shown in answer["commands"]) == names
    for shown in answer["commands"]:
        assert shown["usage"] in answer["text"]


def test_help_lists_everything(prepared, talk):
    typed(prepared, talk, "::help")
    assert {"resp", "trans", "takeover", "handover", "handback"} <= {shown["name"] for shown in told(talk)["commands"]}


def test_the_floor_by_command(prepared, talk):
    bot = prepared.add("Direct", "Bot", integrationType="Bot")
    typed(prepared, talk, "::handback")
    talk.refresh_from_db()
    assert (talk.side, told(talk)["text"]) == ("Bot", "The bot is handling the conversation again.")
    typed(prepared, talk, "::help")
    talk.refresh_from_db()
    assert talk.side == "Bot", "asking for help is no answer to the customer"
    typed(prepared, talk, "::takeover")
    talk.refresh_from_db()
    assert (talk.side, talk.assignee) == ("Agent", prepared.agent)
    assert receivers(Activity.objects.get(content__payloadType="hubster.takeover")) == {bot.name}
    typed(prepared, talk, "::takeover")
    assert "Nothing changed" in told(talk)["text"]


def test_a_takeover_of_what_another_agent_has_is_refused_with_the_name(prepared, talk):
    other = prepared.add("Direct", "Others", integrationType="Agent")
    typed(prepared, talk, "::takeover", other)
    answer = told(talk)
    assert (code_of(answer), prepared.agent.name in answer["text"]) == ("ENG000110", True)
    typed(prepared, talk, "::takeover -force", other)
    talk.refresh_from_db()
    assert talk.assignee == other


def test_without_a_bot_nothing_can_be_handed_back(prepared, talk):
    typed(prepared, talk, "::handback")
    assert code_of(told(talk)) == "ENG005501"


def test_a_bot_gives_commands_too_while_it_has_the_floor(prepared):
    bot = prepared.add("Direct", "Bot", integrationType="Bot")
    conversation = prepared.establish(integration=prepared.webchat)
    intro, _, answer = after(conversation, typed(prepared, conversation, "::resp contact.eva.green", bot))
    assert (intro.sender_integration, receivers(answer)) == (bot, {bot.name})
    say(prepared, conversation, prepared.agent, message=words("I am here."))


@pytest.mark.parametrize(("line", "status"), [
    ("::help", 200), ("::resp --list", 200), ("::trans", 200), ("::resp -n nobody", 200), ("::", 200),
    ("::resp wave", 403), ('::resp "house rules"', 403), ("::trans shopify -force", 403), ("::weather Paris", 403),
    ("::handback", 403), ("help", 403),
])  # fmt: skip
def test_a_bot_without_the_floor_is_told_things_and_says_nothing(prepared, talk, line, status):
    DynamicCommand.objects.create(hub=prepared.hub, name="weather", url="https://mysite.io/weather")
    bot = prepared.add("Direct", "Bot", integrationType="Bot")
    say(prepared, talk, prepared.agent, message=words("I am here."))
    before = set(Activity.objects.values_list("pk", flat=True))
    assert post(prepared, talk, bot, message=words(line)).status_code == status
    new = Activity.objects.exclude(pk__in=before).order_by("event_id")
    assert [row.sender_type for row in new] == (["Bot", "Hubster"] if status == 200 else [])
    assert all(receivers(row) <= {bot.name} for row in new)
    talk.refresh_from_db()
    assert talk.side == "Agent"


def test_a_customer_who_types_two_colons_only_says_something(prepared, talk):
    _, sent = say(prepared, talk, message=words("::help"))
    assert receivers(sent["interactionId"]) == {prepared.agent.name, prepared.observer.name}
    assert not Activity.objects.filter(content__type="command").exists()


def test_lists_of_conversations_show_neither_lines_nor_answers(prepared, talk):
    say(prepared, talk, message=words("Who are you?"))
    typed(prepared, talk, "::resp --list")
    talk.refresh_from_db()
    assert (talk.last_text, talk.unanswered) == ("Who are you?", True)
    typed(prepared, talk, "::resp contact.eva.green")
    talk.refresh_from_db()
    assert (talk.last_text, talk.unanswered) == ("Eva Green", False)


def test_a_visitor_reads_neither_lines_nor_answers_nor_who_answers_whatever_is_asked_for(prepared, talk):
    prepared.add("Direct", "Bot", integrationType="Bot")
    typed(prepared, talk, "::resp --list")
    typed(prepared, talk, "::handback")
    path = f"/api/v1/interactions/activities/{talk.id}?type="
    assert [row["message"]["text"] for row in prepared.api("engine").get(f"{path}customer").json()] == ["Hello!"]
    visitor, token = APIClient(), webchat_token(prepared)
    visitor.credentials(HTTP_AUTHORIZATION=f"WebBearer {token}")
    VisitorGrant.objects.create(visitor=tokens.visitor(tokens.read(token)).visitor_id, conversation=talk)
    for side in ("customer", "agent", "bot"):
        for row in visitor.get(path + side).json():
            assert row.get("message", {}).get("text") == "Hello!"


@pytest.mark.parametrize("line", ["::help", "::resp --list", "::resp -n nobody", "::resp wave"])
def test_answers_are_as_the_openapi_document_says(prepared, talk, line):
    typed(prepared, talk, line)
    path = f"/api/v1/interactions/activities/{talk.id}?type=agent"
    answer = prepared.api("engine").get(path)
    assert [row for row in answer.json() if row.get("message", {}).get("type") == "command"]
    assert judge().answer_faults("GET", path, answer) == []


def test_a_typed_line_is_shown_as_said_to_the_platform(prepared, talk):
    key = typed(prepared, talk, "::resp --list")
    rows = prepared.api("engine").get(f"/api/v1/interactions/activities/{talk.id}?type=agent").json()
    line, answer = rows[-2:]
    assert line["interactionId"] == key
    platform = {"integrationType": "Hubster"}
    assert (line["recipient"], answer["sender"]) == (platform, {**platform, "authorType": "platform"})
    assert line["sender"] == {**answer["recipient"], "authorType": "human"}


def test_a_repeat_of_a_command_says_nothing_twice(prepared, talk):
    api, body = (
        prepared.api("engine"),
        {"message": words("::resp wave"), "sender": {"integrationId": str(prepared.agent.id)}},
    )
    path = f"/inbound/customer/v1/direct/activity/{talk.id}"
    answers = [api.post(path, body, format="json", HTTP_IDEMPOTENCY_KEY="once").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert Activity.objects.filter(content__payloadType="wave").count() == 1


def test_a_paused_hub_and_a_closed_conversation_take_no_commands(prepared, talk):
    Conversation.objects.filter(pk=talk.pk).update(closed=talk.opened)
    assert post(prepared, talk, prepared.agent, message=words("::help")).status_code == 400
    Conversation.objects.filter(pk=talk.pk).update(closed=None)
    prepared.hub.status = 2002
    prepared.hub.save()
    assert post(prepared, talk, prepared.agent, message=words("::help")).status_code == 400
    assert not Activity.objects.filter(content__type="command").exists()
