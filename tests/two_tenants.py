"""Two tenants against which the calls of the table are made: their clients, and how answers are read."""

import hashlib
import json
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from rest_framework.test import APIClient

from engine.actions.append import PLATFORM, NewActivity, do_append_activity
from engine.actions.contacts import facts
from engine.models import Activity, Contact, Delivery
from portal.models import ClientSecret, DynamicCommand, Hub, Integration, ResponseCommand, TransferCommand
from tests.api_table import Call, Ids, command
from tests.cast import ORIGIN, TenantFixture

NOBODY_THERE = "http://127.0.3.1:8397/hook"
COMMANDS = {"transfers": TransferCommand, "responses": ResponseCommand, "dynamics": DynamicCommand}


def make_commands(party: TenantFixture) -> None:
    """One command of each kind."""
    api = party.api("portal")
    for kind in COMMANDS:
        body = {**command(kind), "name": "kept"}
        assert api.post(f"/api/v1/commands/{kind}/{party.hub.id}", body, format="json").status_code == 200


def make_failure(party: TenantFixture) -> tuple[str, str]:
    """(System integration, failed delivery to it), made where they are missing."""
    observer = Integration.objects.filter(hub=party.hub, channel="System").first()
    observer = observer or party.add("System", "Ledger", webhookUrl=NOBODY_THERE, events=["message"])
    Integration.objects.filter(pk=observer.pk).update(status=Integration.Status.PAUSED)  # it hears nothing new
    delivery = Delivery.objects.filter(destination=observer).first()
    if delivery is None:
        talk = party.webchat.conversations.get()
        said = do_append_activity(talk, NewActivity("event", {"type": "seen"}), PLATFORM, None, party.webchat)
        Activity.objects.filter(pk=said.pk).update(state=Activity.State.PROCESSED)
        delivery = Delivery.objects.create(
            conversation=talk, activity=said, destination=observer, event_id=said.event_id, status="failed", attempts=6
        )
        sent = {"method": "POST", "url": NOBODY_THERE, "headers": {"webhook-id": str(delivery.id)}, "body": "{}"}
        got = {"status": 500, "headers": {"server": "x"}, "body": "Sorry"}
        delivery.tries.create(number=6, started=said.created, outcome="failed", error="500", request=sent, response=got)
    return str(observer.id), str(delivery.id)


def make_workspace(party: TenantFixture) -> str:
    """A Slack workspace, made where it is missing, in which nothing is posted."""
    team = f"T{party.hub.id.hex}"
    known = {"botAccessToken": "xoxb-1", "defaultPublicChannel": "general", "teamId": team}
    given = {"type": "Agent", "name": "Slack", "status": Integration.Status.PAUSED, "configuration": known}
    row, _is_new = Integration.objects.get_or_create(hub=party.hub, channel="Slack", inbound_id=team, defaults=given)
    return str(row.id)


def make_contacts(party: TenantFixture) -> list[str]:
    """Two contacts, made where they are missing."""
    for name in ("Ada", "Ada L."):
        Contact.objects.get_or_create(hub=party.hub, **facts(name, {"email": "ada@example.com"}))
    return [str(key) for key in party.hub.contacts.order_by("created").values_list("pk", flat=True)]


def ids_of(party: TenantFixture) -> Ids:
    """A party's own ids; needs its conversations to be there."""
    client = party.tenant.clients.get(client_id__startswith="hubster.engine")
    return Ids(
        str(party.hub.id), str(party.customer.id), str(party.agent.id), str(party.webchat.id),
        str(party.customer.conversations.get().id), str(party.webchat.conversations.get().id),
        client.client_id, str(client.secrets.get().id),
        *(str(model.objects.get(hub=party.hub).id) for model in COMMANDS.values()),
        *make_failure(party),
        *make_contacts(party),
        make_workspace(party),
    )  # fmt: skip


def anonymous() -> APIClient:
    """A client without a token, on a page that the cast's widget allows; a crash is an answer, not an exception."""
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_ORIGIN=ORIGIN)
    return client


def clients_of(party: TenantFixture) -> dict[str, APIClient]:
    """By `Call.api`: HTTP clients with the right token."""
    clients = {"none": anonymous()}
    for api in ("portal", "engine"):
        clients[api] = APIClient(raise_request_exception=False)
        clients[api].credentials(HTTP_AUTHORIZATION=f"Bearer {party.token(api)}")
    return clients


def webchat_token(party: TenantFixture) -> str:
    """A new visitor's token."""
    answer = Browser().get(f"/api/v1/integrations/web-chat/token/{party.webchat.id}", headers={"origin": ORIGIN})
    return str(answer.json()["access_token"])


def send(client: APIClient, call: Call, ids: Ids, raw: str | bytes | None = None, **extra: Any) -> Any:
    """The answer to a call, with a good body or with a raw one."""
    if call.form and raw is None:
        upload = {"file": SimpleUploadedFile("note.txt", b"Hello"), **call.form(ids)}
        raw, extra["content_type"] = encode_multipart(BOUNDARY, upload), MULTIPART_CONTENT
    data = raw if raw is not None else json.dumps(call.body(ids)) if call.body else ""
    if call.method == "GET":
        path = call.url(ids) + extra.pop("query", "?type=Customer")
        return client.get(path, **extra)
    extra.setdefault("content_type", "application/json")
    return client.generic(call.method, call.url(ids) + extra.pop("query", ""), data, **extra)


def snapshot(apart: str = "") -> str:
    """A digest of every row of every table but `apart`."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in sorted({*connection.introspection.table_names(cursor)} - {apart}):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            digest.update(f"{table}{sorted(map(repr, cursor.fetchall()))}".encode())
    return digest.hexdigest()


_DESCRIPTION = re.compile(r"^\S.*\(code: (PRT|ENG|EVT|IDT)(\d{6})\)$", re.S)


def fault_of(answer: Any) -> str | None:
    """What is wrong with an error answer's shape, None when it is as documented."""
    if answer.status_code >= 500 and answer.status_code not in (501, 503, 507):
        return f"status {answer.status_code}: {answer.content[:200]!r}"
    try:
        body = answer.json()
    except ValueError:
        return f"not JSON: {answer.status_code} {answer.content[:100]!r}"
    if not isinstance(body, dict) or set(body) != {"status", "errors"} or body["status"] != answer.status_code:
        return f"wrong shape: {answer.status_code} {answer.content[:200]!r}"
    if not body["errors"]:
        return "no errors listed"
    for error in body["errors"]:
        match = _DESCRIPTION.match(str(error.get("description")))
        if set(error) != {"code", "description"} or type(error["code"]) is not int or not match:
            return f"wrong error: {error!r}"[:300]
        if int(match[2]) != error["code"]:
            return f"number and text differ: {error!r}"[:300]
        if len(error["description"]) > 700:
            return f"a text of {len(error['description'])} characters: {error['description'][:60]}…"
    return None


def codes_of(answer: Any) -> list[str]:
    """The whole codes of an error answer, in order."""
    found = [_DESCRIPTION.match(error["description"]) for error in answer.json()["errors"]]
    return [f"{match[1]}{match[2]}" for match in found if match]


class TwoTenants:
    """Two neighbours, both with conversations, and what tests of the whole API need of them."""

    def __init__(self, acme: TenantFixture, globex: TenantFixture) -> None:
        self.acme, self.globex = acme, globex
        for party in (acme, globex):
            make_commands(party)
            party.establish("user-1")
            party.establish("user-2", party.webchat)
        self.clients = clients_of(acme)
        self.own, self.other = ids_of(acme), ids_of(globex)

    def sweep(self) -> None:
        """Take away what accepted calls have made, so that the next one does not clash with its names."""
        parties = (self.acme, self.globex)
        kept = [end.pk for party in parties for end in (party.customer, party.agent, party.webchat)]
        kept += [key for ids in (self.own, self.other) for key in (ids.observer_id, ids.slack_id)]
        Integration.objects.exclude(pk__in=kept).delete()
        Hub.objects.exclude(pk__in=[party.hub.pk for party in parties]).delete()
        ClientSecret.objects.exclude(name="test").delete()
        for model in COMMANDS.values():
            model.objects.exclude(name="kept").delete()
