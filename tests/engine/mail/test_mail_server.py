"""A mail server that is away, refuses or hangs: mails go out later, and hold up nothing else."""

import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import OperationalError

from engine.actions import notices
from engine.jobs import mail as mails
from engine.models import Notice
from engine.workers import do_sweep
from hubster.lib import smtp
from tests.engine.mail.happenings import failed, later
from tests.mail_server import MailServer

pytestmark = pytest.mark.usefixtures("still")

TEXT = {"message": {"type": "text", "text": "hello"}}


@pytest.mark.parametrize("fault", [ConnectionRefusedError(), TimeoutError(), smtplib.SMTPServerDisconnected("x")])
def test_a_mail_server_that_is_away_is_asked_again_a_minute_later(owned, broken, fault):
    failed(owned)
    failed(owned, owned.webchat)
    broken(fault)
    assert mails.do_tell_owners() == 0
    assert set(Notice.objects.values_list("notified_at", "notified_count")) == {(None, 0)}
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
        errand.join(60)
    mails._errands.clear()


def test_sweeps_go_on_while_a_mail_server_hangs(owned, dripping, monkeypatch):
    monkeypatch.setattr(smtp, "DEADLINE", 60.0)
    failed(owned)
    failed(owned, owned.webchat)
    do_sweep()
    assert dripping.dripping.wait(60)
    with later(seconds=5):
        do_sweep()
    assert len(mails._errands) == 1, "one mail at a time"
    assert mails._errands[0].is_alive()
    assert Notice.objects.filter(notified_at__isnull=False).count() == 1, "the other one is not even claimed"


def test_a_mail_that_is_not_out_in_time_is_tried_again_a_minute_later(owned, dripping, settings):
    failed(owned)
    assert mails.do_tell_owners() == 0
    (errand,) = mails._errands
    errand.join(60)
    assert not errand.is_alive()
    assert mails.do_tell_owners() == 0
    assert Notice.objects.values_list("notified_at", "notified_count").get() == (None, 0)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with later(seconds=50):
        assert mails.do_tell_owners() == 0
    with later(seconds=61):
        mails.do_tell_owners()
        for errand in mails._errands:
            errand.join(60)
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
    assert Notice.objects.get().notified_count == 1
