"""Every documented message and event on its way out: field for field in a webhook, on a socket and in an echo."""

import json

import pytest

from engine.models import Lane
from engine.sockets.feed import Feed
from hubster.lib import clock
from tests.background import do_deliver, do_run
from tests.engine.test_message_types import DANGEROUS, OFFERED
from tests.openapi.documented.calls import ACTIVITIES
from tests.two_tenants import codes_of, snapshot

HOOK = "http://127.0.0.1:8099/hook"
PRINTED = {
    f"printed {kind} {number} {node['type']}": (kind, node)
    for kind, nodes in (("message", ACTIVITIES["messages"]), ("event", ACTIVITIES["events"]))
    for number, node in enumerate(nodes)
    if not node.get("text", "").startswith("::")  # what begins so is for the platform, not for the customer
}
ALL = {**OFFERED, **PRINTED}
MIME_TYPES = {".mp4": "video/mp4", ".mp3": "audio/mpeg"}


def enriched(node):
    """As it was sent; with its MIME type, where the sender left that to the platform."""
    if node["type"] in ("video", "audio") and "mimeType" not in node:
        return {**node, "mimeType": MIME_TYPES[node["url"][-4:]]}
    return node


def say(pair, conversation_id, kind, node, sender=None):
    body = {"externalId": "my-external-id", kind: node}
    if sender:
        body["sender"] = {"integrationId": str(sender.id)}
    answer = pair.clients["engine"].post(f"/inbound/customer/v1/direct/activity/{conversation_id}", body, format="json")
    assert answer.status_code == 200, answer.content
    do_run(conversation_id)
    return answer.json()["eventId"]


def heard(integration, conversation_id, event_id):
    """The one activity that a socket sends after the cursor."""
    feed = Feed(integration.id, None, event_id - 1, clock.now())
    shown, _ = feed.read({str(conversation_id)}, (event_id - 1, None))
    assert len(shown) == 1
    return json.loads(shown[0].text)


@pytest.mark.parametrize("name", ALL)
def test_a_webhook_and_the_senders_echo_get_every_field(pair, fake_http, name):
    kind, node = ALL[name]
    customer = pair.acme.add("Direct", "Hook", integrationType="Customer", webhookUrl=HOOK)
    talk = pair.acme.establish(integration=customer)
    event_id = say(pair, talk.id, kind, node, pair.acme.agent)
    do_deliver(Lane.objects.get(destination=customer).id)
    activity = json.loads(fake_http.sent[-1].body)["activity"]
    assert activity[kind] == enriched(node)
    assert (activity["type"], activity["eventTrigger"], activity["isEcho"]) == (kind, f"{kind}:agent", False)
    assert activity["externalId"] == "my-external-id"
    echo = heard(pair.acme.agent, talk.id, event_id)
    assert (echo[kind], echo["isEcho"]) == (enriched(node), True)


@pytest.mark.parametrize("name", ALL)
def test_a_customers_socket_gets_every_field(pair, name):
    kind, node = ALL[name]
    event_id = say(pair, pair.own.conversation_id, kind, node, pair.acme.agent)
    shown = heard(pair.acme.customer, pair.own.conversation_id, event_id)
    assert shown[kind] == enriched(node)
    assert (shown["eventId"], shown["isEcho"], shown["recipient"]["integrationId"]) == (
        event_id, False, pair.own.integration_id,
    )  # fmt: skip


@pytest.mark.parametrize("name", [name for name, (_, node) in ALL.items() if node["type"] not in ("list", "carousel")])
def test_an_agents_socket_gets_every_field_of_what_a_customer_says(pair, name):
    kind, node = ALL[name]
    event_id = say(pair, pair.own.conversation_id, kind, node)
    assert heard(pair.acme.agent, pair.own.conversation_id, event_id)[kind] == enriched(node)


def test_a_transfer_to_a_dangerous_address_is_refused(pair):
    url = f"/inbound/business/v1/direct/activity/{pair.own.conversation_id}"
    before, accepted = snapshot(), []
    for address in [*DANGEROUS, 5, ["https://x.io"], ""]:
        event = {"type": "payload", "payloadType": "hubster.transfer", "payload": {"url": address, "label": "There"}}
        body = {"sender": {"integrationId": pair.own.agent_id}, "event": event}
        answer = pair.clients["engine"].post(url, body, format="json")
        if answer.status_code != 400 or codes_of(answer) not in (["ENG008501"], ["ENG000201"]):
            accepted.append(address)
    assert accepted == []
    assert snapshot() == before


@pytest.mark.parametrize(("kind", "payload"), [
    ("hubster.transfer", {"url": "http://localhost:4200", "label": "Click here", "mount": 1000, "force": False}),
    ("hubster.transfer", {"label": "Nowhere"}), ("mine", {"url": "javascript:1"}),
])  # fmt: skip
def test_other_payloads_are_the_senders_own(pair, kind, payload):
    event = {"type": "payload", "payloadType": kind, "payload": payload}
    event_id = say(pair, pair.own.conversation_id, "event", event, pair.acme.agent)
    assert heard(pair.acme.customer, pair.own.conversation_id, event_id)["event"] == event
