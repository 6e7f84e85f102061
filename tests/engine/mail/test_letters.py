"""Mails to owners: at once, then hourly with a count; sent by one sweeper, never lost, nothing smuggled in."""

import smtplib
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import OperationalError
from django.urls import reverse

from engine import mail as mails
from engine import wake
from engine.actions import notices
from engine.actions.notices import do_notify
from engine.delivery.sweep import do_sweep
from engine.models import Notice
from hubster.lib import clock, smtp
from portal.models import User
from tests.mail_server import MailServer

K = Notice.Kind
TEXT = {"message": {"type": "text", "text": "hello"}}


@pytest.fixture(autouse=True)
def server_is_there(monkeypatch):
    """No test hears of another one's mail server."""
    monkeypatch.setitem(mails._away, "until", clock.now() - timedelta(days=1))


@pytest.fixture
def owned(acme, globex):
    """Both tenants' owners and managers have addresses."""
    for party in (acme, globex):
        for role in ("owner", "manager"):
            person = party.people[role]
            person.email = f"{role}@{party.tenant.name.lower()}.example.com"
            person.save()
    return acme


@pytest.fixture
def broken(monkeypatch):
    """Call it with an exception: so the mail server answers, until it is called with None."""
    state: dict[str, Exception | None] = {"fault": None}
    plain = EmailBackend.send_messages

    def send_messages(self, messages):
        if state["fault"]:
            raise state["fault"]
        return plain(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    return lambda fault: state.update(fault=fault)


def failed(party, end=None, kind=K.DELIVERY_FAILED, text="It did not take a message.") -> Notice:
    return do_notify(party.tenant.id, (end or party.agent).id, kind, text)


def later(**span):
    return time_machine.travel(clock.now() + timedelta(**span), tick=False)


def bodies() -> str:
    """Every part of every mail."""
    return "\n".join(message.message().as_string() for message in mail.outbox)


def test_the_owners_are_told_at_once_and_nobody_else(owned):
    User.objects.create(
        username="second", role="owner", tenant=owned.tenant, email="second@acme.example.com", is_staff=True
    )
    User.objects.create(
        username="gone", role="owner", tenant=owned.tenant, email="gone@acme.example.com", is_active=False
    )
    failed(owned, text="'Agents' did not take a message in 6 attempts.")
    do_sweep()
    (message,) = mail.outbox
    assert sorted(message.to) == ["owner@acme.example.com", "second@acme.example.com"]
    assert message.subject == "Hubster: Delivery failed, Agents"
    assert "did not take a message in 6 attempts." in message.body
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


def test_the_mail_leads_to_the_page_of_the_endpoint(owned, settings):
    settings.PUBLIC_URL = "https://chat.example.com"
    failed(owned)
    mails.do_tell_owners()
    link = f"https://chat.example.com{reverse('admin:engine_endpoint_change', args=[owned.agent.id])}"
    message = mail.outbox[0]
    assert link in message.body
    assert f'href="{link}"' in message.alternatives[0][0]


def test_a_notice_without_an_integration_leads_to_the_notices(owned):
    do_notify(owned.tenant.id, None, K.MESSAGE_PARKED, "A message was set aside.")
    mails.do_tell_owners()
    assert mail.outbox[0].subject == "Hubster: Message parked, Acme"
    assert reverse("admin:engine_notice_changelist") in mail.outbox[0].body


def test_what_happens_within_the_hour_is_told_after_it_with_its_count(owned):
    failed(owned)
    assert mails.do_tell_owners() == 1
    for _ in range(3):
        failed(owned)
    with later(minutes=59):
        assert mails.do_tell_owners() == 0
    with later(minutes=61):
        failed(owned)
        assert mails.do_tell_owners() == 1
        assert mails.do_tell_owners() == 0
    assert mail.outbox[1].subject == "Hubster: Delivery failed, Agents (4 times)"
    assert "Delivery failed, 3 times" in mail.outbox[1].body
    with later(hours=5):
        assert mails.do_tell_owners() == 0


def test_one_endpoint_has_one_mail_an_hour_whatever_happens_there(owned):
    failed(owned)
    mails.do_tell_owners()
    failed(owned, kind=K.ENDPOINT_PAUSED, text="Nothing is sent there any more.")
    assert mails.do_tell_owners() == 0
    with later(minutes=61):
        assert mails.do_tell_owners() == 1
    assert mail.outbox[1].subject == "Hubster: Endpoint paused, Agents"


def test_two_endpoints_and_two_tenants_have_a_mail_each(owned, globex):
    failed(owned)
    failed(owned, owned.webchat)
    failed(globex)
    assert mails.do_tell_owners() == 3
    told = [(message.to[0].partition("@")[2], message.subject.rpartition(", ")[2]) for message in mail.outbox]
    assert sorted(told) == [
        ("acme.example.com", "Agents"), ("acme.example.com", "Widget"), ("globex.example.com", "Agents"),
    ]  # fmt: skip
    assert not any("Globex" in message.body for message in mail.outbox if "acme" in message.to[0])


def test_of_two_sweepers_that_see_the_same_notice_one_sends(owned):
    failed(owned)
    (cause,) = notices.untold_causes(9)
    first = notices.do_claim_untold(cause)
    assert first is not None
    assert notices.do_claim_untold(cause) is None
    failed(owned, kind=K.ENDPOINT_PAUSED)
    assert notices.do_claim_untold(cause) is None, "the same endpoint within the hour"


def test_a_process_that_dies_while_it_sends_delays_the_mail_and_does_not_lose_it(owned):
    failed(owned)
    (cause,) = notices.untold_causes(9)
    assert notices.do_claim_untold(cause)
    assert mails.do_tell_owners() == 0
    with later(minutes=61):
        assert mails.do_tell_owners() == 1


def test_what_happens_while_the_mail_is_written_is_told_by_the_next_one(owned):
    failed(owned)
    (cause,) = notices.untold_causes(9)
    claim = notices.do_claim_untold(cause)
    failed(owned)
    notices.do_mark_told(claim)
    row = Notice.objects.get()
    assert (row.count, row.told_count, row.told) == (2, 1, claim.at)
    with later(minutes=61):
        assert mails.do_tell_owners() == 1


@pytest.mark.parametrize("fault", [ConnectionRefusedError(), TimeoutError(), smtplib.SMTPServerDisconnected("x")])
def test_a_mail_server_that_is_away_is_asked_again_a_minute_later(owned, broken, fault):
    failed(owned)
    failed(owned, owned.webchat)
    broken(fault)
    assert mails.do_tell_owners() == 0
    assert set(Notice.objects.values_list("told", "told_count")) == {(None, 0)}
    broken(None)
    assert mails.do_tell_owners() == 0, "not at every sweep"
    with later(minutes=1, seconds=1):
        assert mails.do_tell_owners() == 2


def test_after_one_failure_no_further_mail_is_tried_in_the_same_sweep(owned, monkeypatch):
    tries = []

    def away(self, messages):
        tries.append(messages)
        raise TimeoutError

    monkeypatch.setattr(EmailBackend, "send_messages", away)
    failed(owned)
    failed(owned, owned.webchat)
    do_sweep()
    assert len(tries) == 1


def test_an_address_that_is_refused_holds_up_nobody_else(owned, globex, broken):
    failed(owned)
    broken(smtplib.SMTPRecipientsRefused({}))
    assert mails.do_tell_owners() == 0
    broken(None)
    failed(globex)
    assert mails.do_tell_owners() == 1
    assert mail.outbox[0].to == ["owner@globex.example.com"]
    with later(minutes=61):
        assert mails.do_tell_owners() == 1
    assert mail.outbox[1].to == ["owner@acme.example.com"]


def test_a_sweep_gives_mails_half_a_second(owned, monkeypatch):
    ticks = iter([0, 0.1, 0.2, 0.3, 0.6, *range(10, 90)])
    monkeypatch.setattr(mails.time, "monotonic", lambda: next(ticks))
    for end in (owned.agent, owned.webchat, owned.customer):
        failed(owned, end)
    assert mails.do_tell_owners() == 2
    monkeypatch.undo()
    assert mails.do_tell_owners() == 1


# --- a server that hangs -------------------------------------------------------------------------------------
@pytest.fixture
def dripping(settings, monkeypatch):
    """A mail server that never ends its first answer; it is left after half a second."""
    monkeypatch.setattr(smtp, "DEADLINE", 0.5)
    monkeypatch.setattr(mails, "PATIENCE", 0.0)
    with MailServer(drips_at="") as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 30
        yield server
    for errand in mails._errands:
        errand.join(5)
    mails._errands.clear()


def test_deliveries_go_on_while_a_mail_server_hangs(owned, dripping, monkeypatch):
    monkeypatch.setattr(smtp, "DEADLINE", 60.0)
    failed(owned)
    failed(owned, owned.webchat)
    do_sweep()
    assert dripping.dripping.wait(5)
    conversation = owned.establish()
    path = f"/inbound/customer/v1/direct/activity/{conversation.id}"
    assert owned.api("engine").post(path, TEXT, format="json").status_code == 200
    hints: list[str] = []
    wake.use_embedded(lambda work, args: hints.append(work))
    try:
        with later(seconds=5):
            assert do_sweep() == 1
    finally:
        wake.use_embedded(None)
    assert hints == ["run_pipeline"]
    assert len(mails._errands) == 1, "one mail at a time"
    assert mails._errands[0].is_alive()
    assert Notice.objects.filter(told__isnull=False).count() == 1, "the other one is not even claimed"


def test_a_mail_that_is_not_out_in_time_is_tried_again_a_minute_later(owned, dripping, settings):
    failed(owned)
    assert mails.do_tell_owners() == 0
    (errand,) = mails._errands
    errand.join(10)
    assert not errand.is_alive()
    assert mails.do_tell_owners() == 0
    assert Notice.objects.values_list("told", "told_count").get() == (None, 0)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with later(seconds=50):
        assert mails.do_tell_owners() == 0
    with later(seconds=61):
        mails.do_tell_owners()
        for errand in mails._errands:
            errand.join(10)
        mails.do_tell_owners()
    assert len(mail.outbox) == 1


def test_how_a_mail_went_is_recorded_later_when_the_database_is_away(owned, monkeypatch):
    def away(claim):
        raise OperationalError

    failed(owned)
    with monkeypatch.context() as patch:
        patch.setattr(notices, "do_mark_told", away)
        with pytest.raises(OperationalError):
            mails.do_tell_owners()
    assert mails.do_tell_owners() == 1
    assert len(mail.outbox) == 1
    assert Notice.objects.get().told_count == 1


@pytest.mark.parametrize("address", ["", "no address", "a@b.example.com\nBcc: c@d.example.com"])
def test_without_an_address_nobody_is_mailed_and_later_mails_do_not_repeat_it(owned, address):
    User.objects.filter(role="owner", tenant=owned.tenant).update(email=address)
    failed(owned)
    assert mails.do_tell_owners() == 0
    assert Notice.objects.get().told is None
    User.objects.filter(role="owner", tenant=owned.tenant).update(email="owner@acme.example.com")
    assert mails.do_tell_owners() == 0
    failed(owned)
    assert mails.do_tell_owners() == 1
    assert not mail.outbox[0].bcc


def test_a_disabled_tenant_gets_no_mail(owned):
    owned.tenant.enabled = False
    owned.tenant.save()
    failed(owned)
    assert mails.do_tell_owners() == 0


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028"])
def test_a_name_cannot_add_a_header_or_a_line(owned, ending):
    owned.agent.name = f"Agents{ending}Bcc: thief@example.com{ending}{ending}<b>Pay here</b>\u202e"
    owned.agent.save()
    failed(owned, text=f"One{ending}two <script>alert(1)</script>")
    assert mails.do_tell_owners() == 1
    (message,) = mail.outbox
    assert len(message.subject.splitlines()) == 1
    assert message.recipients() == ["owner@acme.example.com"]
    assert set(message.message().keys()) & {"Bcc", "bcc"} == set()
    assert "One two <script>" in message.body
    assert not any(line.startswith("Bcc:") for line in message.body.splitlines())
    html = message.alternatives[0][0]
    assert "<script" not in html
    assert "<b>" not in html
    assert "\u202e" not in html + message.body + message.subject


def test_a_very_long_name_leaves_a_subject_that_can_be_read(owned):
    owned.agent.name = "A" * 200
    owned.agent.save()
    failed(owned)
    mails.do_tell_owners()
    assert len(mail.outbox[0].subject) < 150


def test_counting_loses_nothing_when_two_count_at_once(owned):
    first = failed(owned)
    stale = Notice.objects.get(pk=first.pk)
    Notice.objects.filter(pk=first.pk).update(count=5)
    assert failed(owned).count == 6
    assert stale.count == 1


def test_notices_of_long_ago_are_not_told_again_by_a_sweep(owned):
    failed(owned)
    mails.do_tell_owners()
    with later(days=3):
        assert notices.untold_causes(9) == []
        do_sweep()
    assert len(mail.outbox) == 1
    assert "acme" in bodies()
