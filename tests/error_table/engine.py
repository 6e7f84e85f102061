"""The Engine's codes, and the one code each of Identity and Events."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from engine.adapters.system import System
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure, RefusedAddress
from portal.models import Integration, ResponseCommand, Tenant, TransferCommand
from tests.error_table.scene import (
    TEXT,
    Cause,
    Never,
    Play,
    Scene,
    Told,
    after,
    broken,
    call,
    database_away,
    throttled,
    too_large,
    too_slow,
    twice,
)

ESTABLISH = "/api/v1/conversations/establish"
CONVERSATION = "/api/v1/conversations/{conversation_id}"
ACTIVITIES = "/api/v1/interactions/activities/{conversation_id}"
CUSTOMER = "/inbound/customer/v1/direct/activity/{conversation_id}"
BUSINESS = "/inbound/business/v1/direct/activity/{conversation_id}"
OPENING = {"integrationId": "{integration_id}", "binding": "a customer", "channelType": "Direct"}
AGENT_SAYS = call("engine", "POST", BUSINESS, {"sender": {"integrationId": "{agent_id}"}, "message": TEXT})
PAUSED, CANCELED = Integration.Status.PAUSED, Integration.Status.CANCELED
UPLOADS = "A file is stored before its message is accepted; whoever gets the message gets the file's address."
SPARK = "Message Spark is not part of the product."


def no_room(scene: Scene) -> Told:
    """A file to a tenant whose files take all they may."""
    scene.patch.setattr(settings, "HUBSTER_FILES_OF_TENANT", 1)
    form = {"integrationId": str(scene.pair.acme.agent.id), "file": SimpleUploadedFile("a.txt", b"Hello")}
    answer = scene.pair.clients["engine"].post(scene.fill(f"{BUSINESS}/files"), form, format="multipart")
    return Told(answer.status_code, answer.json())


def establish(**changed: object) -> Play:
    """*Establish* with something changed in its body; None leaves a property out."""
    body = {name: value for name, value in {**OPENING, **changed}.items() if value is not None}
    return call("engine", "POST", ESTABLISH, body)


def with_key(binding: str) -> Play:
    """*Establish* with an idempotency key."""
    return call("engine", "POST", ESTABLISH, {**OPENING, "binding": binding}, HTTP_IDEMPOTENCY_KEY="one")


def say(**message: Any) -> Play:
    """A customer's message."""
    return call("engine", "POST", CUSTOMER, {"message": message})


def transfer(scene: Scene) -> None:
    """A hub with a transfer command."""
    values = {"url": "https://shop.example.com", "link_description": "To the shop"}
    TransferCommand.objects.create(hub=scene.acme.hub, name="shop", **values)


def tenant(**changed: object) -> Play:
    """A call of a tenant with something changed in its account."""

    def arrange(scene: Scene) -> None:
        Tenant.objects.filter(pk=scene.acme.tenant.pk).update(**changed)

    return after(arrange, call("engine", "GET", CONVERSATION))


def nobody_answers(scene: Scene) -> None:
    """A hub with its customers' ends only."""
    Integration.objects.filter(hub=scene.acme.hub, type__in=("Agent", "Bot")).delete()


def fail(*args: Any, **named: Any) -> Any:
    """Stands for a fault of ours."""
    raise RuntimeError("internals")


def negotiation(scene: Scene) -> None:
    """The ids of connections cannot be made."""
    scene.patch.setattr("engine.sockets.signalr.uuid", SimpleNamespace(uuid4=fail))


GENERAL: tuple[Cause | Never, ...] = (
    Cause("ENG000100", "a fault of ours; the text has the tracking id under which the log tells more.",
          broken("engine.actions.conversations.do_establish", establish())),
    Cause("ENG000100", "the database does not answer. Nothing was stored.",
          database_away("engine.actions.conversations.do_establish", establish()),
          status=503, why="the documents list 503 for every call and have no code of its own for it"),
    Cause("ENG000101", "a token of the Portal.", call("portal", "GET", CONVERSATION)),
    Cause("ENG000102", "a call without a token.", call("none", "GET", CONVERSATION)),
    Never("ENG000103", "Every documented call of the Engine is there."),
    Never("ENG000104", "Nothing of the Engine has been withdrawn."),
    Cause("ENG000105", "an address that does not exist.", call("engine", "GET", f"{CONVERSATION}/weather")),
    Cause("ENG000106", "an Idempotency-Key that was sent before with another body.",
          twice(with_key("one customer"), with_key("another"))),
    Cause("ENG000107", "more requests in a minute than allowed; Retry-After says how long to wait.",
          throttled(call("engine", "GET", CONVERSATION)),
          status=429, why="HTTP has this status for it and the documents list it; the table has no code for it"),
    Cause("ENG000108", "a request that has not arrived after 30 seconds.",
          too_slow(call("engine", "POST", ESTABLISH, OPENING))),
    Never("ENG000109", "What the Engine takes is stored whole or refused; nothing is aborted on the way."),
    Cause("ENG000110", "a method that the address does not have, such as PUT.",
          call("engine", "PUT", ESTABLISH, OPENING),
          status=405, why="HTTP has this status for it; the table has no code for it"),
    Cause("ENG000200", "the activities of a conversation without saying whose ('type').",
          call("engine", "GET", ACTIVITIES)),
    Cause("ENG000201", "a binding that is a number.", establish(binding=5)),
    Cause("ENG000202", "a query with more than a thousand parameters.",
          call("engine", "GET", f"{ACTIVITIES}?type=Customer" + "&x=1" * 1000)),
    Cause("ENG000203", "an id in the address that is not a GUID.",
          call("engine", "GET", "/api/v1/conversations/seventeen")),
    Never("ENG000204", "No call of the Engine takes a date.", unless="checked"),
    Never("ENG000205", "No call of the Engine takes a date."),
    Cause("ENG000206", "a channelType that the integration is not of.", establish(channelType="Telegram")),
    Cause("ENG000207", "a binding of more than 400 characters.", establish(binding="x" * 401)),
    Cause("ENG000207", "a body over the limit of 1 MiB.", too_large("engine", ESTABLISH),
          status=413, why="HTTP has this status for it; the table has no code for it"),
    Cause("ENG000208", "a pageSize of 0 in the list of contacts.",
          call("engine", "GET", "/api/v1/contacts?pageSize=0")),
    Cause("ENG000209", "a leid of -1.", call("engine", "GET", f"{ACTIVITIES}?type=Customer&leid=-1")),
    Cause("ENG000210", "a leid that is not a number.", call("engine", "GET", f"{ACTIVITIES}?type=Customer&leid=x")),
    Never("ENG000211", "No call takes an e-mail address."),
    Never("ENG000212", "No list has the parameters searchBy and criteria."),
    Never("ENG002000", "The tenant is read from the token; without its tenant a token is refused (ENG000102)."),
    Cause("ENG002001", "a call of a tenant that has been disabled.", tenant(enabled=False)),
    Cause("ENG002002", "a call after the end of the evaluation.",
          tenant(evaluation_ends=clock.now() - timedelta(days=1))),
)  # fmt: skip

CONVERSING: tuple[Cause | Never, ...] = (
    Cause("ENG003000", "establish without a body.", call("engine", "POST", ESTABLISH)),
    Cause("ENG003001", "establish without a binding.", establish(binding=None)),
    Cause("ENG003002", "establish with an integrationId that is not a GUID.", establish(integrationId="seventeen")),
    Cause("ENG005000", "an activity without a body.", call("engine", "POST", CUSTOMER)),
    Cause("ENG005001", "an image without a url.", say(type="image")),
    Cause("ENG005002", "a message of an unknown type.", say(type="smoke signal")),
    Cause("ENG005003", "an activity with neither message nor event.",
          call("engine", "POST", CUSTOMER, {"externalId": "x"})),
    Cause("ENG005004", "an activity with both message and event.",
          call("engine", "POST", CUSTOMER, {"message": TEXT, "event": {"type": "seen"}})),
    Cause("ENG005015", "a list without items.",
          call("engine", "POST", BUSINESS, {"sender": {"integrationId": "{agent_id}"},
                                            "message": {"type": "list", "items": []}})),
    Cause("ENG005020", "a sender whose integrationId is not a GUID.",
          call("engine", "POST", BUSINESS, {"sender": {"integrationId": "x"}, "message": TEXT})),
    Cause("ENG005021", "a latitude that is not a number.", say(type="location", latitude="north", longitude=1)),
    Cause("ENG005023", "a text message without text, items or actions.", say(type="text", text=" ")),
    Cause("ENG005024", "a location with neither address nor coordinates.", say(type="location")),
    Cause("ENG005500", "the conversations of a hub that does not exist, or is another tenant's.",
          call("engine", "GET", "/api/v1/conversations/hubs/{other.hub_id}/established")),
    Cause("ENG005501", "a customer's message in a hub without an active agent or bot.",
          after(nobody_answers, say(**TEXT))),
    Cause("ENG006000", "establish with an integration that does not exist, or is another tenant's.",
          establish(integrationId="{other.integration_id}")),
    Cause("ENG006500", "a conversation that does not exist, or is another tenant's.",
          call("engine", "GET", "/api/v1/conversations/{other.conversation_id}")),
    Cause("ENG006501", "an agent's message in a conversation that has been closed.",
          after(call("engine", "POST", f"{CONVERSATION}/close"), AGENT_SAYS)),
    Cause("ENG006502", "a message of a cancelled integration.",
          after(lambda scene: scene.status(scene.acme.agent, CANCELED), AGENT_SAYS)),
    Cause("ENG006503", "a message of a paused integration.",
          after(lambda scene: scene.status(scene.acme.agent, PAUSED), AGENT_SAYS)),
)  # fmt: skip

SENDING: tuple[Cause | Never, ...] = (
    Never("ENG007500", "What can go wrong with an endpoint is told more exactly, as ENG007501 to ENG007512."),
    Cause("ENG007501", "a delivery to a name that leads to a private address.",
          lambda scene: scene.deliver(RefusedAddress("10.0.0.1 is not on the public internet."))),
    Cause("ENG007502", "a delivery that could not be prepared: a fault of ours.",
          after(lambda scene: scene.patch.setattr(System, "render", fail), lambda scene: scene.deliver(200))),
    Cause("ENG007510", "a delivery that the endpoint refuses with 401 or 403.", lambda scene: scene.deliver(403)),
    Cause("ENG007511", "a delivery that the endpoint answers with a status other than 2xx.",
          lambda scene: scene.deliver(500)),
    Cause("ENG007512", "a delivery to an endpoint that does not answer in time or cannot be reached.",
          lambda scene: scene.deliver(ConnectFailure("127.0.0.1:8099 refused the connection."))),
    *(Never(code, SPARK) for code in ("ENG008000", "ENG008001", "ENG008002")),
    Cause("ENG008500", "a file to be sent, without the file.", call("engine", "POST", f"{BUSINESS}/files", {})),
    Cause("ENG008501", "an image whose url is not a web address.", say(type="image", url="javascript:alert(1)")),
    Cause("ENG008502", "a file for which its hub, tenant or visitor has no room.", no_room, status=507,
          why="the sender can do nothing about it"),
    Never("ENG008503", UPLOADS),
    Cause("ENG009000", "a command without a name. Of commands, the author is told by a message.",
          lambda scene: scene.type("::")),
    Cause("ENG009001", "a command that the hub does not know.", lambda scene: scene.type("::weather in Paris")),
    Cause("ENG009200", "a response command that does not exist.", lambda scene: scene.type("::resp -n nobody")),
    Cause("ENG009201", "a list of response commands in a hub without any.",
          after(lambda scene: ResponseCommand.objects.all().delete(), lambda scene: scene.type("::resp --list"))),
    Cause("ENG009202", "a list of a category that has no command.",
          lambda scene: scene.type("::resp --list -c nothing")),
    Cause("ENG009299", "a dynamic command whose service fails, or a transfer of a customer who is not on WebChat.",
          after(transfer, lambda scene: scene.type("::trans -n shop"))),
)  # fmt: skip

ENGINE = (*GENERAL, *CONVERSING, *SENDING)

IDENTITY: tuple[Cause | Never, ...] = (
    Cause("IDT000100", "a fault of ours. What is wrong with a request for a token is told in the words of OAuth 2.",
          broken("portal.identity.api.TokenView.post", call("none", "POST", "/connect/token"))),
    Cause("IDT000100", "an address of Identity that does not exist.", call("none", "GET", "/connect/weather"),
          status=404, why="Identity has this one code"),
    Cause("IDT000100", "a method that the address does not have.", call("none", "GET", "/connect/token"),
          status=405, why="Identity has this one code"),
)  # fmt: skip
EVENTS: tuple[Cause | Never, ...] = (
    Cause("EVT000100", "a fault of ours. A fault in the query is answered with the codes of the Engine API.",
          after(negotiation, call("none", "POST", "/engine-chat-hub/negotiate"))),
    Cause("EVT000100", "an address of Events that does not exist.", call("none", "GET", "/engine-chat-hub/weather"),
          status=404, why="Events has this one code"),
    Cause("EVT000100", "a method that the address does not have.", call("none", "GET", "/engine-chat-hub/negotiate"),
          status=405, why="Events has this one code"),
)  # fmt: skip
