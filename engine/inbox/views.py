"""Addresses that providers call: verified before anything is read, stored, answered at once."""

import logging
import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from engine import adapters
from engine.adapters import Provider
from engine.adapters._inbound import Incoming, Reply, Unverified, fitted
from engine.inbox.take import do_take
from hubster.lib import clock, sql
from hubster.lib.body_limits import OF_PROVIDER, too_large
from hubster.lib.errors import Fault, HubsterError
from hubster.lib.ids import parse_guid
from hubster.lib.log import note
from hubster.lib.metrics import WEBHOOKS
from portal.actions.providers import pending_configuration
from portal.models import Hub, Integration, Tenant

log = logging.getLogger("engine.inbox")


@method_decorator(csrf_exempt, name="dispatch")
class ProviderView(View):
    """/inbound/{customer or business}/v1/{channel}[/{integrationId}]: what a provider tells us."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Any method: some providers test an address by GET."""
        adapter = find_provider(kwargs["channel"])
        if adapter is None or adapter.side != kwargs["side"]:
            return _refusal("ENG000105", 404, "This address receives nothing. Check the channel in it.")
        body = request.read(OF_PROVIDER + 1)  # `request.body` ends at the limit of other addresses
        if len(body) > OF_PROVIDER:
            return _refusal("ENG000207", 413, too_large(OF_PROVIDER).text)
        incoming = Incoming(
            method=str(request.method),
            url=settings.PUBLIC_URL + request.get_full_path(),
            headers={name.lower(): text for name, text in request.headers.items()},
            query={name: str(text) for name, text in request.GET.items()},
            body=body,
            at=int(clock.now().timestamp()),
        )
        if given := kwargs.get("integration_id"):
            return _one(adapter, str(given), incoming)
        return _shared(adapter, incoming)


def find_provider(written: str) -> Provider | None:
    """The channel of an address, which has its name in kebab case, such as `twilio-sms`."""
    found = adapters.find(written.replace("-", ""))
    return found if isinstance(found, Provider) and found.slug == written.lower() else None


def _one(adapter: Provider, given: str, incoming: Incoming) -> HttpResponse:
    guid = parse_guid(given)
    if guid and adapter.tests_hook and _is_test(adapter, guid, incoming):
        return _answer(adapter.answer(incoming))
    row = _find(adapter, guid) if guid else None
    if row is None:
        return _refusal("ENG000105", 404, "This address belongs to no integration. It may have been deleted.")
    if (reply := adapter.challenge(row.configuration, incoming)) is not None:
        return _answer(reply)
    try:
        adapter.verify(row.configuration, incoming)
    except Unverified as fault:
        return _unverified(adapter, fault, row.pk)
    note(integration=row.pk)
    do_take(row, incoming.body)
    WEBHOOKS.labels(adapter.name, "taken").inc()
    return _answer(adapter.answer(incoming))


def _is_test(adapter: Provider, guid: uuid.UUID, incoming: Incoming) -> bool:
    """True if the provider tests the address of an integration that is being connected, so may not be stored yet."""
    if not adapter.is_test(incoming) or (config := pending_configuration(adapter.name, guid)) is None:
        return False
    try:
        adapter.verify(config, incoming)
    except Unverified:
        return False
    return True


def _shared(adapter: Provider, incoming: Incoming) -> HttpResponse:
    """One address for all integrations of an app. Parts for accounts that are not connected here are dropped."""
    if not adapter.shared_webhook:
        return _refusal("ENG000105", 404, "The address lacks the integration's id.")
    if (reply := adapter.challenge({}, incoming)) is not None:
        return _answer(reply)
    try:
        adapter.verify({}, incoming)
        parts = adapter.route(incoming)
    except Unverified as fault:
        return _unverified(adapter, fault, None)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _refusal("ENG000202", 400, "The body is not what this channel sends.")
    for account, body in parts.items():
        row = _find(adapter, fitted(account))
        if row is not None:
            do_take(row, body)
        WEBHOOKS.labels(adapter.name, "taken" if row else "unknown account").inc()
    return _answer(adapter.answer(incoming))


def _select(condition: str) -> sql.Select:
    parts = [(Integration, "i", ("id", "hub", "channel", "configuration")), (Hub, "h", ("id", "tenant"))]
    tables = (
        f"FROM {sql.name(Integration)} i JOIN {sql.name(Hub)} h ON h.id = i.hub_id "
        f"JOIN {sql.name(Tenant)} t ON t.id = h.tenant_id"
    )
    return sql.Select(parts, f"{tables} WHERE {condition} AND i.channel = %(channel)s AND t.enabled")


_BY_ID, _BY_ACCOUNT = _select("i.id = %(key)s"), _select("i.inbound_id = %(key)s")


def _find(adapter: Provider, key: uuid.UUID | str) -> Integration | None:
    """The integration with this id, or with this account of the provider, and its hub."""
    select, field = (_BY_ID, "id") if isinstance(key, uuid.UUID) else (_BY_ACCOUNT, "inbound_id")
    for integration, hub in select.rows({"key": sql.value(Integration, field, key), "channel": adapter.name}):
        integration.hub = hub
        return integration  # type: ignore[no-any-return]
    return None


def _answer(reply: Reply) -> HttpResponse:
    return HttpResponse(reply.body, content_type=reply.content_type, status=reply.status)


def _unverified(adapter: Provider, fault: Unverified, integration_id: uuid.UUID | None) -> HttpResponse:
    WEBHOOKS.labels(adapter.name, "refused").inc()
    told = {"channel": adapter.name, "integration": str(integration_id or ""), "fault": str(fault)}
    log.warning("a webhook is not the provider's", extra=told)
    return _refusal("ENG000102", 401, "The request does not prove that it comes from the provider.")


def _refusal(code: str, status: int, text: str) -> HttpResponse:
    refused = HubsterError(Fault(code, text=text), status=status)
    return JsonResponse(refused.body(), status=status)
