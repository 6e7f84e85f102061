"""The examples of the public documentation's Portal and Engine pages, as they are printed there.

Mended, as `contract.md` decides: commas that are missing or too many; keys of configurations, which answers write in
camelCase, and which the documents begin with a capital here and there.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ACTIVITIES: dict[str, list[dict[str, Any]]] = json.loads(Path(__file__).with_name("activities.json").read_text())
ZERO = "00000000-0000-0000-0000-000000000000"
WELCOME = [{"type": "text", "text": "Welcome to Hubster! How can we help you?"}]
KEYS = {"publicSigningKey": "6DF60E ...", "privateSigningKey": "E0A42 ..."}


@dataclass(frozen=True)
class Example:
    """A printed request with its printed answer. In paths `{hub_id}` and the like stand for the cast's ids."""

    name: str
    method: str
    path: str
    request: Any = None
    answer: Any = None
    status: int = 200

    def __str__(self) -> str:
        return self.name


HUB = {"name": "Your New Cool Hub Name", "description": "This hub is cool", "closeDormantConversation": 30,
       "statusId": 2000}  # fmt: skip
HUB_ANSWER = {
    "hubId": "3bc1e69f-c520-446f-ab2c-01751fd66a31",
    "tenantId": "abc1e69f-c888-875f-ee2c-45789fd66a00",
    **HUB,
}
SECRET = {"id": 16, "name": "my secret 3", "token": "7AQNCUKAXdCg1M...", "expiration": "2030-01-31T00:00:00"}
CLIENT = {
    "tenantId": "B205B3EC-A9D7-4243-B88C-017533957DEB",
    "clientId": "hubster.portal.api.B205B3ECA9D74243B88C017533957DEB",
    "name": "Hubster Portal API Client (Public)",
    "enabled": True,
    "allowedScopes": ["hubster-portal-api"],
    "claims": [
        {"type": "role", "value": "admin"},
        {"type": "tenant", "value": "B205B3EC-A9D7-4243-B88C-017533957DEB"},
    ],
    "secrets": [{"id": 9, "name": "my secret 1", "token": "SMWvD7WUAn8bkdl..."}],
}


def page(*rows: Any) -> dict[str, Any]:
    """A printed page of results."""
    return {"pageNumber": 0, "pageSize": 50, "total": 2, "results": list(rows)}


def integration(channel: str, side: str, name: str, **configuration: Any) -> dict[str, Any]:
    """A printed integration."""
    return {
        "integrationId": ZERO, "hubId": ZERO, "integrationTypeId": side, "channelId": channel, "name": name,
        "statusId": 3000, "configuration": configuration,
    }  # fmt: skip


def creation(channel: str, configuration: dict[str, Any], answer: Any = None) -> Example:
    """The printed creation of an integration."""
    request = {"channelId": channel, "name": "My cool integration name.", "statusId": 3000,
               "configuration": configuration}  # fmt: skip
    status = 200 if answer else 501
    return Example(f"create {channel}", "POST", "/api/v1/integrations/hubs/{hub_id}", request, answer, status)


URL = "https://url_end_point.com"
DIRECT = {"integrationType": "Agent", "echo": True, "webhookUrl": URL}
WEBCHAT = {"allowedOrigins": ["localhost", "hubster.io"], "start": WELCOME}
SYSTEM = {"webhookUrl": URL, "events": ["message:customer", "message:agent", "message:bot"]}
TWILIO = {
    "authToken": "cb8c5367c3c4586ecb589e25570...",
    "accountSid": "AC1fc1c1722444b0c6313d3ae988b...",
    "numberSid": "PN667435536f4d1cefdf054abf99...",
}
MESSENGER = {"pageAccessToken": "EAAFBmgAdBToBADCvmo5w10tmlh97uxhtorpi5Adrdo0wtwFfXfkNxxLAY29AxwBHJNfXH5rR..."}
SLACK = {
    "code": "EAAFBmgAdBToBADCvmo5w10tmlh97uxhtorpi5Adrdo0wtwFfXfkNxxLAY29AxwBHJNfXH5rR...",
    "nonce": "mo5w10t.mlh97uxh",
}
WEBCHAT_ANSWER = integration("WebChat", "Customer", "Webchat", **WEBCHAT, echo=True, **KEYS)
SYSTEM_ANSWER = integration("System", "System", "My cool integration name.", **SYSTEM, **KEYS)
DIRECT_ANSWER = integration("Direct", "Agent", "My cool integration name.", **DIRECT, **KEYS, start=WELCOME)
TWILIO_ANSWER = {
    **integration("TwilioSMS", "Customer", "My cool integration name.", accountSid="AC1fc1c1722444b0c6313d3da98...",
                  authToken="cb8c5367c3c4586ecb589e25570....", numberSid="PN667435536f4d1cefdf054ecf9....",
                  phoneNumber="+16476960000", capabilities={"mms": True, "sms": True, "voice": True}),
    "inboundId": "AC1fc1c1722444b0c6313d3....",  # printed for *get* only
}  # fmt: skip
MESSENGER_ANSWER = {
    **integration("Messenger", "Customer", "My cool integration name.", appId="35360465938...",
                  pageId="1013889883...", pageAccessToken="EAAFBm..."),
    "inboundId": "1013889883...",  # printed for *get* only
}  # fmt: skip
SLACK_ANSWER = {
    **integration("Slack", "Agent", "My cool integration name.", botAccessToken="xoxb-193043142226-...",
                  appAccessToken="xoxp-193043142226-...", defaultPublicChannel="general", teamId="T5P19488N",
                  botName="Hubster.io"),
    "inboundId": "T5P19488N",  # as of other channels
}  # fmt: skip

TRANSFER = {
    "name": "new cool command", "description": "Description for command", "url": "https://mysite.io",
    "linkDescription": "Click here to be transferred", "mountDelay": 1000,
}  # fmt: skip
CONTACT = {
    "type": "contact",
    "imageUrl": "https://image.png",
    "title": "Eva Green",
    "properties": [
        {"key": "Title", "value": "Mighty Health"},
        {"key": "Address", "value": "108 Kirkbride Crescent, Maple, ON", "type": "address;work"},
        {"key": "Cell", "value": "+1 (714) 873-6202", "type": "phone;cell"},
        {"key": "Email", "value": "eva@mightyhealth.com", "type": "email"},
    ],
    "channels": [
        {
            "type": "Webchat",
            "metadata": [{"key": "caption-show", "value": "true"}, {"key": "caption-color", "value": "white"}],
        }
    ],
}
RESPONSE = {
    "name": "contact-eva.green", "category": "contacts", "description": "Eva's Contact",
    "integrationTypeId": "customer", "type": "message",
    "responses": [{"type": "text", "text": "Below is my contact info"}, CONTACT],
}  # fmt: skip
EVENT_RESPONSE = {
    "name": "Command-5", "category": "Command-5", "description": "Command-5", "integrationTypeId": "agent",
    "type": "event", "responses": [{"type": "payload", "payloadType": "type1", "payload": {"payload": "Hello"}}],
}  # fmt: skip
COMMAND = {"commandId": "5a0623b0-d51a-4b3c-ace1-0175e34fae2f", "hubId": "00000000-0000-0000-0000-0000000000a1"}
TRANSFER_ANSWER, RESPONSE_ANSWER = {**COMMAND, **TRANSFER}, {**COMMAND, **RESPONSE}
RENAMED = {"category": "Office contacts", "description": "Eva's Office Contact"}

PROPERTIES = {
    "profile": {
        "device": "Direct", "full name": "User name here", "phone": "416-555-0001",
        "some_custom1": "value1", "some_custom2": "value2",
    },
    "additional": {"some_custom1": "value1", "some_custom2": "value2"},
}  # fmt: skip
ESTABLISH = {"integrationId": "{integration_id}", "binding": "b", "channelType": "Direct", "properties": PROPERTIES}
ESTABLISHED = {
    "tenantId": "...000000000001", "hubId": "...0000000000a2", "integrationId": "...000000000023",
    "conversationId": "a9cff9d8-0cb2-40f9-b787-01756ca7b92f", "tokenId": "9jP61d8EfmVgSnUtBZsMNw==",
    "openedDateTime": "2020-10-28T00:42:12.6452901Z", "isNew": True,
    "properties": {"profile": {"device": "Direct", "full name": "User name here"}, "additional": {}},
}  # fmt: skip
TIMES = {"created": "2019-01-01T00:00:00", "modified": "2019-01-01T00:00:00"}
CONVERSATION = {
    "conversationId": "a9cff9d8-0cb2-40f9-b787-01756ca7b92f",
    "integrationId": "...000000000023",
    "tokenId": "9jP61d8EfmVgSnUtBZsMNw==",
    "integration": {
        "integrationId": "...000000000023",
        "hubId": "...0000000000a2",
        "hub": {
            "hubId": "...0000000000a2", "tenantId": "...000000000001", "name": "Dev Hub (Websocket)",
            "description": "Dev Hub 2 (Websocket)", "statusId": 2000, **TIMES,
        },
        "integrationTypeId": "Customer", "channelId": "Direct", "name": "Direct Customer Webhook", "statusId": 3000,
        **TIMES,
    },
    "properties": {"profile": {"device": "Direct", "full name": "Any name"}, "additional": {}},
    "openedDateTime": "2019-10-28T00:42:12.6452901",
}  # fmt: skip
RECEIPT = {
    "status": 200, "eventId": 1609281295385, "externalId": "some-external-id",
    "hubId": "00000000-0000-0000-0000-0000000000a1", "conversationId": "290e83ff-0ae1-4a62-ae8e-01759ad73ffd",
    "integrationId": "00000000-0000-0000-0000-000000000001", "interactionId": "d645f70e-30e2-4649-938c-0176b0a3d41b",
}  # fmt: skip
CUSTOMER_SOURCE = {
    "integrationId": "00000000-0000-0000-0000-000000000020", "integrationType": "Customer", "channelType": "WebChat",
    "tokenId": "LDDKEgUsKUmjQzwjNAhL1w==",
}  # fmt: skip
AGENT_SOURCE = {
    "integrationId": "00000000-0000-0000-0000-000000000024", "integrationType": "Agent", "channelType": "Slack",
    "tokenId": "f7cbbd3d-3071-45d7-abed-01744cad6a7e.00000000-0000-0000-0000-000000000024",
}  # fmt: skip
ACTIVITY = {
    "type": "message", "eventTrigger": "message:customer", "eventId": 1604758399703,
    "externalId": "some_external_id_0001", "isEcho": False, "interactionId": "1368fd94-bd85-4dcf-84c7-0175a30dead7",
    "flowProcess": "Default", "sender": CUSTOMER_SOURCE, "recipient": AGENT_SOURCE,
    "message": {"text": "Hi there!", "type": "text"},
}  # fmt: skip
ERROR = {
    "status": 400,
    "errors": [
        {"code": 301, "description": "Property 'name' is required. (code: PRT000301)"},
        {"code": 206, "description": "Value '50000' is not valid. (code: PRT000206)"},
    ],
}

_V1, _DIRECT = "/api/v1", "/inbound/customer/v1/direct/activity/{conversation_id}"
SAID = {"externalId": "some-external-id", "type": "message", "sender": {"integrationId": "{agent_id}"}}
EXAMPLES = [
    Example("get a client", "GET", f"{_V1}/tenants/clients/{{client_id}}", answer=CLIENT),
    Example("add a client token", "POST", f"{_V1}/tenants/clients/{{client_id}}/tokens",
            {"name": "my secret 3", "expiration": "2030-01-31T00:00:00"}, SECRET),
    Example("delete a client token", "DELETE", f"{_V1}/tenants/clients/{{client_id}}/tokens/{{secret_id}}"),
    Example("create a hub", "POST", f"{_V1}/hubs", HUB, HUB_ANSWER),
    Example("update a hub", "PUT", f"{_V1}/hubs/{{hub_id}}", HUB, HUB_ANSWER),
    Example("get a hub", "GET", f"{_V1}/hubs/{{hub_id}}", answer=HUB_ANSWER),
    Example("list hubs", "GET", f"{_V1}/hubs", answer=page(HUB_ANSWER)),
    Example("delete a hub", "DELETE", f"{_V1}/hubs/{{hub_id}}"),
    Example("a bad request", "POST", f"{_V1}/hubs", {"description": "", "statusId": 50000}, ERROR, 400),
    creation("Direct", {**DIRECT, "start": WELCOME}, DIRECT_ANSWER),
    creation("WebChat", WEBCHAT, WEBCHAT_ANSWER),
    creation("System", SYSTEM, SYSTEM_ANSWER),
    creation("TwilioSMS", TWILIO, TWILIO_ANSWER),
    creation("Messenger", MESSENGER, MESSENGER_ANSWER),
    creation("Slack", SLACK, SLACK_ANSWER),
    Example("update Direct", "POST", f"{_V1}/integrations/hubs/{{agent_id}}",
            {"name": "Direct", "configuration": {**DIRECT, "regenerateKeys": True, "start": WELCOME}}, DIRECT_ANSWER),
    Example("update without a type", "POST", f"{_V1}/integrations/hubs/{{integration_id}}",
            {"name": "Direct", "statusId": 3002,
             "configuration": {"Echo": True, "webhookUrl": "http://hubster.io/v1/api/integration?customer=1"}}),
    Example("update WebChat", "POST", f"{_V1}/integrations/hubs/{{webchat_id}}", {"configuration": WEBCHAT},
            WEBCHAT_ANSWER),
    Example("get WebChat", "GET", f"{_V1}/integrations/{{webchat_id}}",
            answer=integration("WebChat", "Customer", "Webchat", allowedOrigins=["localhost"], echo=True, **KEYS)),
    Example("get Direct", "GET", f"{_V1}/integrations/{{agent_id}}",
            answer=integration("Direct", "Agent", "Agent", integrationType="Agent", echo=True, **KEYS)),
    Example("list integrations of a channel", "GET", f"{_V1}/integrations/hubs/{{hub_id}}/WebChat",
            answer=[integration("WebChat", "Customer", "Webchat", allowedOrigins=["localhost"], echo=True, **KEYS)]),
    Example("create a transfer command", "POST", f"{_V1}/commands/transfers/{{hub_id}}", TRANSFER, TRANSFER_ANSWER),
    Example("update a transfer command", "PUT", f"{_V1}/commands/transfers/{{transfer_id}}", TRANSFER,
            TRANSFER_ANSWER),
    Example("get a transfer command", "GET", f"{_V1}/commands/transfers/{{transfer_id}}", answer=TRANSFER_ANSWER),
    Example("list transfer commands", "GET", f"{_V1}/commands/transfers/hub/{{hub_id}}", answer=[TRANSFER_ANSWER]),
    Example("delete a transfer command", "DELETE", f"{_V1}/commands/transfers/{{transfer_id}}"),
    Example("create a response command", "POST", f"{_V1}/commands/responses/{{hub_id}}", RESPONSE, RESPONSE_ANSWER),
    Example("create a response command of events", "POST", f"{_V1}/commands/responses/{{hub_id}}", EVENT_RESPONSE,
            {**COMMAND, **EVENT_RESPONSE}),
    Example("update a response command", "PUT", f"{_V1}/commands/responses/{{response_id}}", RENAMED,
            {**COMMAND, **RESPONSE, **RENAMED, "responses": [{"type": "text", "text": "Hi"}]}),
    Example("delete a response command", "DELETE", f"{_V1}/commands/responses/{{response_id}}"),
    Example("get a conversation", "GET", f"{_V1}/conversations/{{conversation_id}}", answer=CONVERSATION),
    Example("establish", "POST", f"{_V1}/conversations/establish", ESTABLISH, ESTABLISHED),
    Example("send a message", "POST", _DIRECT, {**SAID, "message": {"type": "text", "text": "Hi there!"}}, RECEIPT),
    Example("send an event", "POST", _DIRECT, {**SAID, "type": "event", "event": ACTIVITIES["events"][0]},
            {name: value for name, value in RECEIPT.items() if name != "interactionId"}),
]  # fmt: skip
