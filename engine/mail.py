"""Mails to the owners of a tenant about its notices. The sweeper calls `do_tell_owners`; nothing here may hold it up.

A mail goes out at once when an endpoint fails, then at most hourly, with the count of what happened since.
"""

import logging
import smtplib
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.urls import reverse

from engine.actions import notices
from engine.actions.notices import Cause, Claim
from engine.models import Notice
from hubster.lib import clock
from hubster.lib.pool import give_back
from portal.models import Integration, Tenant, User

log = logging.getLogger("engine.mail")
MOST = 20  # mails of one sweep
PATIENCE = 3.0  # seconds after which a sweep sends no further mail
RETRY_AFTER = timedelta(minutes=1)  # a mail server that is away is asked again
_LONGEST_SUBJECT = 150  # characters
_away = {"until": datetime.min.replace(tzinfo=UTC)}  # of this process
# Refusals of one mail. Everything else that goes wrong is the server's state, and so stops all mails for a while.
_REFUSED = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError, ValueError)


@dataclass(frozen=True)
class Line:
    """A notice as the mail tells it."""

    kind: str
    text: str
    times: int  # since the last mail


def do_tell_owners() -> int:
    """Send the mails that are due; how many. Of several sweepers exactly one sends each."""
    if clock.now() < _away["until"]:
        return 0
    sent, end = 0, time.monotonic() + PATIENCE
    for cause in notices.untold_causes(MOST):
        claim = notices.do_claim_untold(cause)
        if claim:
            sent += _do_tell(cause, claim)
        if time.monotonic() > end or clock.now() < _away["until"]:
            break
    return sent


def _do_tell(cause: Cause, claim: Claim) -> bool:
    mail = _mail(cause, claim)
    if mail is None:
        notices.do_pass_over(claim)
        return False
    give_back()
    try:
        mail.send()
    except _REFUSED as fault:  # the claim stays, so that this mail is tried again in an hour and the others go on
        log.warning("mail refused", extra={"tenant": cause.tenant_id, "fault": type(fault).__name__})
        return False
    except Exception as fault:
        log.warning("mail server away", extra={"fault": type(fault).__name__})
        _away["until"] = clock.now() + RETRY_AFTER
        notices.do_untake(claim)
        return False
    notices.do_mark_told(claim)
    return True


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
    integration = None
    if cause.integration_id:
        rows = Integration.objects.select_related("hub").defer("configuration")
        integration = rows.get(pk=cause.integration_id)
    page = reverse("admin:engine_notice_changelist")
    if integration:
        page = reverse("admin:engine_endpoint_change", args=[integration.pk])
    return {
        "tenant": one_line(tenant.name),
        "about": one_line(integration.name if integration else tenant.name),
        "hub": one_line(integration.hub.name) if integration else "",
        "lines": [_line(row, claim.untold[row.pk]) for row in claim.notices],
        "link": settings.PUBLIC_URL + page,
    }


def _line(row: Notice, times: int) -> Line:
    return Line(row.get_kind_display(), one_line(row.text), times)


def _subject(about: str, lines: list[Line]) -> str:
    """`Hubster: Endpoint paused, CRM (3 times)`: the newest kind, and how often anything happened."""
    times = sum(line.times for line in lines)
    often = f" ({times} times)" if times > 1 else ""
    return f"Hubster: {lines[0].kind}, {about[: _LONGEST_SUBJECT - 60]}{often}"


def one_line(text: str) -> str:
    """Somebody's text without line breaks and without characters that steer how it is shown."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())
