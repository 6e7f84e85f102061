"""The checklist of a channel that somebody else runs: what works already, and what to do next."""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engine import adapters
from engine.actions.allowances import WARN_AT
from engine.actions.costs import costs_of_month, month_of
from engine.adapters import Provider
from engine.adapters._business import BusinessProvider
from engine.admin.base import moment
from engine.admin.costs import cost_text
from engine.admin.words import BAD, CALM, GOOD, STATUSES, WAIT
from engine.models import Conversation, Delivery, Endpoint, InboxLane, InboxPost, MonthlyAllowance, Thread
from hubster.lib import clock
from hubster.lib.errors import without_code
from hubster.lib.secrecy import deeply_without_values
from portal.models import Integration

WARNED = timedelta(days=60)  # before the provider switches a version of its API off
SHOWN = 3  # requests that were set aside
ICONS = {GOOD: "check_circle", BAD: "error", WAIT: "pending", CALM: "info"}
_S = Delivery.Status
_TAKEN = {_S.SENT, _S.DELIVERED, _S.READ}


@dataclass(frozen=True)
class Check:
    """A line: a title, its tone, and more to read. `at` stands behind the title."""

    key: str
    tone: str
    title: str
    more: str = ""
    at: datetime | None = None
    link: tuple[str, str] | None = None  # (address, text)
    copied: str = ""  # shown with a button that copies it
    verb: tuple[str, str] | None = None  # (the address of a button, its text)
    list: tuple[tuple[datetime, str], ...] = ()

    @property
    def icon(self) -> str:
        return ICONS[self.tone]

    @property
    def state(self) -> str:
        """The icon for those who do not see it."""
        return {GOOD: _("Done:"), BAD: _("Problem:"), WAIT: _("Waiting:"), CALM: _("Note:")}[self.tone]

    @property
    def mark(self) -> str:
        """Another one when anything of the line is."""
        return f"{zlib.crc32(repr(self).encode()):08x}"


def provider_of(row: Integration) -> Provider | None:
    """The adapter, for a channel that somebody else runs."""
    found = adapters.find(row.channel)
    return found if isinstance(found, Provider) else None


def checks(row: Integration, adapter: Provider) -> list[Check]:
    """All lines, in the order in which one sets the channel up."""
    if isinstance(adapter, BusinessProvider):
        ways = [_thread(row, adapter), _replied(row, adapter)]
    else:
        newest = newest_conversations(row, 1)
        ways = [_webhook(row, adapter), _heard(row, adapter, newest), _answered(row, newest)]
    found = [_closed(adapter), _account(row, adapter), *ways, _allowance(row, adapter), _costs(row),
             _parked(row, adapter), _version(adapter)]  # fmt: skip
    return [check for check in found if check]


def newest_conversations(row: Integration, count: int) -> list[Conversation]:
    """The open conversations in which something was said last, by the index of the hub."""
    rows = Conversation.objects.filter(hub=row.hub_id, integration=row, closed__isnull=True, last_said__gt=0)
    return list(rows.select_related("address").order_by("-last_said")[:count])


def _closed(adapter: Provider) -> Check | None:
    if not adapter.closed:
        return None
    return Check("closed", CALM, _("%(channel)s is closed") % {"channel": adapter.label}, str(adapter.closed))


def _account(row: Integration, adapter: Provider) -> Check:
    names = {"channel": adapter.label, "account": row.inbound_id or ""}
    endpoint = Endpoint.objects.filter(pk=row.pk).first()
    if endpoint and endpoint.paused:
        text = _("Sending is paused. New messages are queued. %(reason)s") % {"reason": endpoint.reason}
        page = reverse("admin:engine_endpoint_change", args=[row.pk])
        return Check("account", BAD, _("Paused"), text, endpoint.paused, (page, _("Open webhook status")))
    text = row.said or (_("Connected as %(account)s.") % names if row.inbound_id else "")
    return Check("account", GOOD, _("%(channel)s accepted your details") % names, text, row.connected)


def _webhook(row: Integration, adapter: Provider) -> Check:
    names = {"channel": adapter.label}
    where = adapter.by_hand(row.configuration)
    if not where:
        text = _("%(channel)s sends what customers write to Hubster.") % names
        return Check("webhook", GOOD, _("Webhook registered"), text, row.connected)
    address = adapter.own_hook(row.pk)
    if InboxLane.objects.filter(pk=row.pk).exists():
        text = _("%(channel)s calls the webhook's address.") % names
        return Check("webhook", GOOD, _("Webhook works"), text, copied=address)
    return Check("webhook", WAIT, _("Enter the webhook's address"), where, copied=address)


def _heard(row: Integration, adapter: Provider, newest: list[Conversation]) -> Check:
    if newest:
        text = _("The newest conversation is with %(name)s.") % {"name": newest[0]}
        page = reverse("admin:engine_conversation_change", args=[newest[0].pk])
        link = (page, _("Open the conversation"))
        return Check("heard", GOOD, _("Messages arrive"), text, moment(newest[0].last_said), link)
    text = _("Write a message on %(channel)s, as a customer would. It appears here within seconds.")
    names = {"channel": adapter.label}
    page = adapter.chat_link(row.configuration)
    return Check("heard", WAIT, _("Write the first message"), text % names, link=(page, page) if page else None)


def _answered(row: Integration, heard: list[Conversation]) -> Check:
    sent = Delivery.objects.filter(destination=row, echo=False).exclude(activity__type="event")
    newest = sent.order_by("-event_id").first()
    if newest is None:
        text = _("Reply at the desk once a customer has written.")
        if heard:
            text = _("Reply at the desk, or send a test message below.")
        return Check("answered", WAIT, _("Send the first reply"), text)
    words, at = STATUSES[_S(newest.status)], newest.ended or newest.created
    link = (reverse("admin:engine_delivery_change", args=[newest.pk]), _("Open the delivery"))
    if newest.status in _TAKEN:
        return Check("answered", GOOD, _("Replies are sent"), "", at, link)
    tone = WAIT if newest.status == _S.PENDING else BAD
    title = _("The last reply is being sent") if tone == WAIT else _("The last reply was not sent")
    return Check("answered", tone, title, without_code(newest.last_error) or str(words.more), at, link)


def _allowance(row: Integration, adapter: Provider) -> Check | None:
    found = MonthlyAllowance.objects.filter(pk=row.pk, told__isnull=False).first() if adapter.metered else None
    if found is None:
        return None
    names = {"channel": adapter.label, "used": found.used, "most": found.most}
    if found.most is None:
        return Check("allowance", GOOD, _("Messages this month: %(used)d, without a limit") % names, at=found.told)
    title = _("Messages this month: %(used)d of %(most)d") % names
    if found.percent >= 100:
        text = _("The month's messages are used up. Until next month only replies within a minute are sent. Change the "
                 "plan to send more.")  # fmt: skip
        return Check("allowance", BAD, title, text, found.told)
    if found.percent >= WARN_AT:
        return Check("allowance", BAD, title, _("They run out soon. Change the plan to send more."), found.told)
    return Check("allowance", GOOD, title, "", found.told)


def _costs(row: Integration) -> Check | None:
    text = cost_text(costs_of_month(row, month_of(clock.now().date())))
    return Check("costs", CALM, _("Costs this month, as told by the provider"), text) if text else None


def _thread(row: Integration, adapter: Provider) -> Check:
    """Conversations become threads of agents."""
    names = {"channel": adapter.label}
    if Thread.objects.filter(integration=row).exists():
        text = _("Each conversation has its thread in %(channel)s.") % names
        return Check("thread", GOOD, _("Conversations become threads"), text)
    text = _("Write to the hub as a customer, for example in the web chat. A thread appears in %(channel)s.") % names
    return Check("thread", WAIT, _("Wait for the first thread"), text)


def _replied(row: Integration, adapter: Provider) -> Check:
    """Replies of agents arrive, by an address that the operator enters once for all workspaces."""
    names = {"channel": adapter.label}
    if InboxLane.objects.filter(pk=row.pk).exists():
        text = _("%(channel)s tells Hubster what agents reply.") % names
        return Check("replied", GOOD, _("Replies arrive"), text)
    text = _("Reply in a thread. If nothing arrives, your operator has to enter this address in the settings of the "
             "%(channel)s app, under Event Subscriptions and under Interactivity.")  # fmt: skip
    return Check("replied", WAIT, _("Send the first reply"), text % names, copied=adapter.hook(row.pk))


def _parked(row: Integration, adapter: Provider) -> Check | None:
    rows = InboxPost.objects.filter(lane=row.pk, parked__isnull=False).order_by("id")[: SHOWN + 1]
    if not rows:
        return None
    secrets = adapter.secrets(row.configuration)
    lines = tuple((post.received, str(deeply_without_values(post.error, secrets))) for post in rows[:SHOWN])
    text = _("Something that the channel sent could not be processed. It is kept. Process it again once the cause is "
             "gone.")  # fmt: skip
    verb = (addition(row, "replay"), _("Process again"))
    return Check("parked", BAD, _("Incoming webhooks set aside"), text, verb=verb, list=lines)


def _version(adapter: Provider) -> Check | None:
    if not adapter.api_version:
        return None
    title = _("%(channel)s API, version %(version)s") % {"channel": adapter.label, "version": adapter.api_version}
    if adapter.api_ends is None:
        return Check("version", GOOD, title)
    names = {"channel": adapter.label, "day": date_format(adapter.api_ends, "j M Y")}
    if clock.now().date() >= adapter.api_ends:
        text = _("%(channel)s has switched this version off on %(day)s. Update Hubster.")
        return Check("version", BAD, title, text % names)
    if clock.now().date() >= adapter.api_ends - WARNED:
        text = _("%(channel)s switches this version off on %(day)s. Update Hubster before then.")
        return Check("version", BAD, title, text % names)
    return Check("version", GOOD, title, _("It works until %(day)s.") % names)


def addition(row: Integration, name: str) -> str:
    """The address of a view of the checklist."""
    return reverse("admin:portal_integration_addition", args=[row.pk, name])


def values(row: Integration, adapter: Provider) -> dict[str, Any]:
    """The list for its template; while something waits, the page looks again."""
    found = checks(row, adapter)
    return {"checks": found, "waits": any(check.tone == WAIT for check in found)}
