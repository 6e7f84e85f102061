"""Mails to owners: at once, then hourly with a count; sent by one sweeper, never lost, nothing smuggled in."""

import pytest
from django.core import mail
from django.urls import reverse

from engine.actions import notices
from engine.actions.notices import do_notify
from engine.jobs import mail as mails
from engine.models import Notice
from engine.workers import do_sweep
from portal.models import User
from tests.engine.mail.happenings import K, bodies, failed, later

pytestmark = pytest.mark.usefixtures("still")


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
    assert mail.outbox[0].subject == "Hubster: Message not processed, Acme"
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
    assert mail.outbox[1].subject == "Hubster: Webhook paused, Agents"


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
    assert (row.count, row.notified_count, row.notified_at) == (2, 1, claim.at)
    with later(minutes=61):
        assert mails.do_tell_owners() == 1


@pytest.mark.parametrize("address", ["", "no address", "a@b.example.com\nBcc: c@d.example.com"])
def test_without_an_address_nobody_is_mailed_and_later_mails_do_not_repeat_it(owned, address):
    User.objects.filter(role="owner", tenant=owned.tenant).update(email=address)
    failed(owned)
    assert mails.do_tell_owners() == 0
    assert Notice.objects.get().notified_at is None
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
