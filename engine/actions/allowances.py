"""Asks providers for the month's allowance of messages, and tells owners when most of it is used."""

from collections.abc import Collection, Iterator
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from engine import adapters
from engine.actions.notices import do_notify
from engine.adapters import Provider, SendError
from engine.adapters._connecting import Allowance
from engine.models import MonthlyAllowance, Notice
from hubster.lib import clock
from hubster.lib.http import Answer, NetworkError, Outgoing, send
from hubster.lib.pool import release_connection
from portal.actions.providers import network_policy
from portal.models import Integration

AGAIN = timedelta(hours=1)
WARN_AT = 80  # percent
_MOST_CALLS = 4


def do_ask_allowances() -> Iterator[int]:
    """Ask for those that were not asked for within the hour; yields the number of integrations that were asked for.

    A provider that does not answer is left alone until the next run, so it keeps no thread from other jobs.
    """
    away: set[str] = set()
    while row := _due(away):
        try:
            found = _ask(row)
        except NetworkError:
            away.add(row.channel)
            continue
        do_note_allowance(row, found)
        yield 1


def _due(away: Collection[str]) -> Integration | None:
    """The next one to ask for; those of channels that are away wait."""
    metered = [one.name for one in adapters.all_adapters() if isinstance(one, Provider) and one.metered]
    waiting = Q(allowance__isnull=True) | Q(allowance__asked__lt=clock.now() - AGAIN)
    channels = [name for name in metered if name not in away]
    rows = Integration.objects.filter(waiting, channel__in=channels, status=Integration.Status.ACTIVE)
    return rows.select_related("hub").order_by("pk").first()


def _ask(row: Integration) -> Allowance | None:
    """The allowance; None where the provider does not say. Raises NetworkError where it does not answer."""
    adapter = adapters.get(row.channel)
    answers: list[Answer] = []
    release_connection()  # it serves others meanwhile
    try:
        while isinstance(adapter, Provider) and len(answers) < _MOST_CALLS:
            found = adapter.allowance(row.configuration, answers)
            if not isinstance(found, Outgoing):
                return found
            answers.append(send(found, network_policy()))
    except (SendError, ValueError, KeyError, TypeError, OverflowError):
        return None
    return None


def do_note_allowance(row: Integration, found: Allowance | None) -> None:
    """Store what a provider told. The owner is warned once, and again when it was below the mark, as in a new month."""
    if not Integration.objects.filter(pk=row.pk).exists():  # deleted meanwhile
        return
    now = clock.now()
    known, _is_new = MonthlyAllowance.objects.get_or_create(integration=row, defaults={"asked": now})
    if found is None:
        MonthlyAllowance.objects.filter(pk=row.pk).update(asked=now)
        return
    known.most, known.used = found.most, found.used
    is_much = known.percent >= WARN_AT
    MonthlyAllowance.objects.filter(pk=row.pk).update(most=found.most, used=found.used, asked=now, told=now)
    if is_much and MonthlyAllowance.objects.filter(pk=row.pk, warned=False).update(warned=True):
        text = _("“%(name)s” has used %(used)d of the %(most)d messages that %(channel)s allows this month. Change the "
                 "plan before they run out.")  # fmt: skip
        told = {"name": row.name, "used": found.used, "most": found.most, "channel": adapters.get(row.channel).label}
        do_notify(row.hub.tenant_id, row.pk, Notice.Kind.ALLOWANCE_LOW, text % told)
    elif not is_much:
        MonthlyAllowance.objects.filter(pk=row.pk, warned=True).update(warned=False)
