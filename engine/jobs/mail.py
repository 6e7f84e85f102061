"""Mails to the owners of a tenant about its notices. The sweeper calls `do_tell_owners`; nothing here holds it up.

A mail goes out at once when something needs a person, then at most hourly, with the count of what happened since.
One mail at a time is under way, in a thread that only talks to the mail server; the sweeper itself reads and writes
the rows.
"""

import logging
import smtplib
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import ngettext

from engine.actions import notices
from engine.actions.notices import Cause, Claim
from engine.models import Notice
from hubster.lib import clock
from hubster.lib.pool import release_connection
from portal.models import Hub, Integration, Tenant, User

log = logging.getLogger("engine.jobs.mail")
MOST = 20  # mails of one sweep
PATIENCE = 0.5  # seconds that a sweep gives to mails; one that takes longer is asked about by the next sweep
RETRY_AFTER = timedelta(minutes=1)  # a mail server that is away is asked again
_LONGEST_SUBJECT = 150  # characters
_HURRIED = {"django.core.mail.backends.smtp.EmailBackend": "hubster.lib.smtp.EmailBackend"}
_away = {"until": datetime.min.replace(tzinfo=UTC)}  # of this process
# Refusals of one mail. Everything else that goes wrong is the server's state, and so stops all mails for a while.
_REFUSED = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError, ValueError)


class _Errand(threading.Thread):
    """One mail on its way to the mail server. A process that ends meanwhile has the mail sent again in an hour."""

    def __init__(self, cause: Cause, claim: Claim, mail: EmailMultiAlternatives) -> None:
        super().__init__(name="mail", daemon=True)
        self.cause, self.claim, self.mail = cause, claim, mail
        self.fault: Exception | None = None

    def run(self) -> None:
        """Send, and keep what went wrong."""
        try:
            self.mail.send()
        except Exception as fault:
            self.fault = fault


_errands: list[_Errand] = []  # none or one: only this process's sweeper comes here


@dataclass(frozen=True)
class Line:
    """A notice as the mail tells it."""

    kind: str
    text: str
    times: int  # since the last mail


def do_tell_owners() -> int:
    """Send the mails that are due; how many went out. Of several sweepers exactly one sends each."""
    end = time.monotonic() + PATIENCE
    told = _do_end_errand(0.0)
    if _errands or _is_away():
        return told
    for cause in notices.untold_causes(MOST):
        _do_begin_errand(cause)
        told += _do_end_errand(max(0.0, end - time.monotonic()))
        if _errands or _is_away() or time.monotonic() > end:
            break
    return told


def _is_away() -> bool:
    return clock.now() < _away["until"]


def _do_begin_errand(cause: Cause) -> None:
    """Write the mail about a cause and send it off, unless there is nothing to tell or nobody to be told."""
    claim = notices.do_claim_untold(cause)
    if claim is None:
        return
    mail = _mail(cause, claim)
    if mail is None:
        notices.do_pass_over(claim)
        return
    release_connection()
    _errands.append(_Errand(cause, claim, mail))
    _errands[0].start()


def _do_end_errand(seconds: float) -> int:
    """Wait for the mail under way, and record how it went; 1 when it is out."""
    if not _errands:
        return 0
    errand = _errands[0]
    errand.join(seconds)
    if errand.is_alive():
        return 0
    told = _do_record(errand)
    _errands.clear()  # only now: where the database is away, the next sweep records it
    return told


def _do_record(errand: _Errand) -> int:
    """Record the result of a mail; 1 when it is out."""
    if errand.fault is None:
        notices.do_mark_told(errand.claim)
        return 1
    fault = type(errand.fault).__name__
    if isinstance(errand.fault, _REFUSED):  # the claim stays: this mail is tried again in an hour, the others go on
        log.warning("mail refused", extra={"tenant": errand.cause.tenant_id, "fault": fault})
        return 0
    log.warning("mail server away", extra={"fault": fault})
    _away["until"] = clock.now() + RETRY_AFTER
    notices.do_untake(errand.claim)
    return 0


def _mail(cause: Cause, claim: Claim) -> EmailMultiAlternatives | None:
    """The mail; None when nobody can be told by mail."""
    owners = _owners(cause)
    if not owners:
        return None
    context = _context(cause, claim)
    mail = EmailMultiAlternatives(
        subject=_subject(context["about"], context["lines"]),
        body=render_to_string("engine/mail/notice.txt", context),
        from_email=settings.HUBSTER_EMAIL_FROM,
        to=owners,
        headers={"Auto-Submitted": "auto-generated"},
        connection=get_connection(_HURRIED.get(settings.EMAIL_BACKEND)),
    )
    mail.attach_alternative(render_to_string("engine/mail/notice.html", context), "text/html")
    return mail


def _owners(cause: Cause) -> list[str]:
    rows = User.objects.filter(tenant=cause.tenant_id, tenant__enabled=True, role=User.Role.OWNER, is_active=True)
    return [address for address in rows.values_list("email", flat=True) if _is_address(address)]


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _context(cause: Cause, claim: Claim) -> dict[str, Any]:
    tenant = Tenant.objects.get(pk=cause.tenant_id)
    integration, hub = None, None
    page = reverse("admin:engine_notice_changelist")
    if cause.integration_id:
        rows = Integration.objects.select_related("hub").defer("configuration")
        integration = rows.get(pk=cause.integration_id)
        hub, page = integration.hub, reverse("admin:engine_endpoint_change", args=[integration.pk])
    elif cause.hub_id:
        hub = Hub.objects.get(pk=cause.hub_id)
        page = reverse("admin:portal_hub_change", args=[hub.pk])
    return {
        "tenant": one_line(tenant.name),
        "about": one_line((integration or hub or tenant).name),
        "integration": one_line(integration.name) if integration else "",
        "hub": one_line(hub.name) if hub else "",
        "lines": [_line(row, claim.unnotified[row.pk]) for row in claim.notices],
        "link": settings.PUBLIC_URL + page,
        "minutes": int(notices.QUIET.total_seconds() // 60),
    }


def _line(row: Notice, times: int) -> Line:
    return Line(row.get_kind_display(), one_line(row.text), times)


def _subject(about: str, lines: list[Line]) -> str:
    """`Hubster: Webhook paused, CRM (3 times)`: the newest kind, and how often anything happened."""
    times = sum(line.times for line in lines)
    often = ngettext("%(times)d time", "%(times)d times", times) % {"times": times}
    return f"Hubster: {lines[0].kind}, {about[: _LONGEST_SUBJECT - 60]}" + (f" ({often})" if times > 1 else "")


def one_line(text: str) -> str:
    """Somebody's text without line breaks and without characters that steer how it is shown."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())
