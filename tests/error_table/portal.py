"""The Portal's codes."""

from django.db import IntegrityError

from tests.error_table.scene import (
    Cause,
    Never,
    Play,
    broken,
    call,
    connected,
    database_away,
    throttled,
    too_large,
    too_slow,
    twice,
    without_slack_app,
)

HUB = {"name": "New hub", "description": "For the table"}
BOT = {"botToken": f"123456:{'x' * 35}"}
HUBS = "/api/v1/hubs"
CREATE = "/api/v1/integrations/hubs/{hub_id}"
TOKENS = "/api/v1/tenants/clients/{client_id}/tokens"


def hub(**changed: object) -> Play:
    """A new hub with something changed in its body."""
    return call("portal", "POST", HUBS, {**HUB, **changed})


def integration(channel: str, configuration: object, name: str = "New end") -> Play:
    """A new integration."""
    return call("portal", "POST", CREATE, {"channelId": channel, "name": name, "configuration": configuration})


def greeting(message: object) -> Play:
    """A new widget that greets with a message."""
    return integration("WebChat", {"allowedOrigins": ["shop.example.com"], "start": [message]})


def page(query: str) -> Play:
    """A list."""
    return call("portal", "GET", f"{HUBS}?{query}")


def with_key(key: str, **changed: object) -> Play:
    """A new hub with an idempotency key."""
    return call("portal", "POST", HUBS, {**HUB, **changed}, HTTP_IDEMPOTENCY_KEY=key)


PORTAL: tuple[Cause | Never, ...] = (
    Cause("PRT000100", "a fault of ours; the text has the tracking id under which the log tells more.",
          broken("portal.actions.hubs.do_create_hub", hub())),
    Cause("PRT000100", "the database does not answer. Nothing was stored.",
          database_away("portal.actions.hubs.do_create_hub", hub()),
          status=503, why="the documents list 503 for every call and have no code of its own for it"),
    Cause("PRT000101", "a token of the Engine.", call("engine", "GET", HUBS)),
    Cause("PRT000102", "a call without a token.", call("none", "GET", HUBS)),
    Cause("PRT000103", "beginning to connect Slack where the operator has no Slack app.",
          without_slack_app(call("portal", "POST", "/api/v1/integrations/slack/authorize", {"hubId": "{hub_id}"}))),
    Never("PRT000104", "Nothing of the Portal has been withdrawn."),
    Cause("PRT000105", "a command that does not exist, or is another tenant's.",
          call("portal", "GET", "/api/v1/commands/responses/{other.response_id}")),
    Cause("PRT000106", "an Idempotency-Key that was sent before with another body.",
          twice(with_key("one"), with_key("one", name="Other"))),
    Cause("PRT000107", "more requests in a minute than allowed; Retry-After says how long to wait.",
          throttled(page("")),
          status=429, why="HTTP has this status for it and the documents list it; the table has no code for it"),
    Cause("PRT000108", "a request that has not arrived after 30 seconds.",
          too_slow(call("portal", "POST", HUBS, HUB))),
    Cause("PRT000109", "deleting a hub to which something is written at every try. Nothing was changed.",
          broken("portal.actions.audit.do_delete", call("portal", "DELETE", "/api/v1/hubs/{hub_id}"), IntegrityError)),
    Cause("PRT000110", "a method that the address does not have, such as PATCH.", call("portal", "PATCH", HUBS, HUB),
          status=405, why="HTTP has this status for it; the table has no code for it"),
    Cause("PRT000110", "pausing, resuming or trying an integration that has no address to send to.",
          call("portal", "POST", "/api/v1/integrations/{integration_id}/endpoint/pause")),
    Never("PRT000200", "No query parameter of the Portal is mandatory."),
    Cause("PRT000201", "an Idempotency-Key longer than 200 characters.", with_key("k" * 201)),
    Cause("PRT000202", "a webhookUrl that does not begin with https:// or http://.",
          integration("System", {"webhookUrl": "ftp://example.com", "events": ["message"]})),
    Cause("PRT000203", "an id in the address that is not a GUID.", call("portal", "GET", f"{HUBS}/seventeen")),
    Cause("PRT000204", "an expiration such as 'tomorrow'.",
          call("portal", "POST", TOKENS, {"name": "New", "expiration": "tomorrow"})),
    Never("PRT000205", "Dates are judged one by one; each bad one is PRT000204, with its name."),
    Cause("PRT000206", "a statusId that is none of the documented ones.", hub(statusId=50000)),
    Cause("PRT000207", "a pageSize of more than 100.", page("pageSize=101")),
    Cause("PRT000207", "a body over the limit of 1 MiB.", too_large("portal", HUBS),
          status=413, why="HTTP has this status for it; the table has no code for it"),
    Cause("PRT000208", "a pageSize of 0.", page("pageSize=0")),
    Cause("PRT000209", "a pageNumber of -1.", page("pageNumber=-1")),
    Cause("PRT000210", "a pageSize that is not a number.", page("pageSize=ten")),
    Never("PRT000211", "No call takes an e-mail address."),
    Never("PRT000212", "No list has the parameters searchBy and criteria."),
    Cause("PRT000300", "a POST without a body.", call("portal", "POST", HUBS)),
    Cause("PRT000301", "a new hub without a name.", call("portal", "POST", HUBS, {"description": "Nameless"})),
    Cause("PRT000302", "a number where text belongs.", hub(name=5)),
    Cause("PRT000303", "a property that the call does not know.", hub(colour="red")),
    Cause("PRT000304", "a greeting with a latitude that is not a number.",
          greeting({"type": "location", "latitude": "north", "longitude": 1})),
    Cause("PRT000305", "an integrationId in a body that is not a GUID; those in addresses are PRT000203.",
          call("portal", "POST", "/api/v1/deliveries/replay", {"integrationId": "seventeen"})),
    Cause("PRT000306", "a System integration without events.",
          integration("System", {"webhookUrl": "https://example.com/", "events": []})),
    Cause("PRT000307", "a greeting of type text without text.", greeting({"type": "text"})),
    Cause("PRT000308", "a greeting of type location with neither address nor coordinates.",
          greeting({"type": "location"})),
    Never("PRT000400", "Tenants are made by the operator in the admin; no call makes one."),
    Never("PRT000401", "People are added in the admin; no call adds one."),
    Never("PRT000599", "No call names a person."),
    Cause("PRT000600", "a second hub with the same name.", twice(hub())),
    Cause("PRT000699", "a hub that does not exist, or is another tenant's.",
          call("portal", "GET", HUBS + "/{other.hub_id}")),
    Cause("PRT000700", "a second integration with the same name in a hub.",
          twice(integration("Direct", {"integrationType": "Bot"}))),
    Cause("PRT000701", "a bot of Telegram that another integration has already.",
          connected(twice(integration("Telegram", BOT, "Bot"), integration("Telegram", BOT, "The same bot")))),
    Cause("PRT000799", "an integration that does not exist, or is another tenant's.",
          call("portal", "GET", "/api/v1/integrations/{other.integration_id}")),
)  # fmt: skip
