"""A mail has one deadline, however slowly its server answers."""

import smtplib
import ssl
import time

import pytest
from django.core.mail import EmailMessage

from hubster.lib import smtp
from tests.mail_server import MailServer

pytest_plugins = ["tests.lib.http_receivers"]

DEADLINE = 0.3


@pytest.fixture
def hurry(monkeypatch):
    """From its call on the deadline is short; the back end's own time-out, of each read, would never be met."""
    return lambda: monkeypatch.setattr(smtp, "DEADLINE", DEADLINE)


def backend(server: MailServer, **more) -> smtp.EmailBackend:
    found = smtp.EmailBackend("127.0.0.1", server.port, timeout=30, **more)
    found.__dict__["ssl_context"] = ssl._create_unverified_context()
    return found


def send(server: MailServer, **more) -> int:
    mail = EmailMessage("Subject", "Words", "from@example.com", ["to@example.com"])
    return backend(server, **more).send_messages([mail])


def test_a_mail_is_sent():
    with MailServer() as server:
        assert send(server) == 1
        assert "Subject: Subject" in server.mails[0]


@pytest.mark.parametrize("place", ["", "EHLO", "MAIL", "RCPT", "DATA", "."])
def test_a_server_that_drips_is_left_in_time(hurry, place):
    hurry()
    with MailServer(drips_at=place) as server:
        started = time.monotonic()
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(server)
        assert time.monotonic() - started > DEADLINE * 0.9
        assert server.left.wait(60)


def test_what_was_taken_is_sent_however_long_the_goodbye(monkeypatch):
    monkeypatch.setattr(smtp, "DEADLINE", 5.0)  # all of it goes by at the end; what comes before must fit in
    with MailServer(drips_at="QUIT") as server:
        assert send(server) == 1
        assert server.dripping.is_set()


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("place", ["EHLO", "MAIL"])
def test_the_deadline_holds_on_encrypted_connections(hurry, receiver_tls, later, place):
    how = {"use_tls": True} if later else {"use_ssl": True}
    with MailServer(context=receiver_tls, later=later) as server:
        assert send(server, **how) == 1
    hurry()
    with MailServer(place, receiver_tls, later) as server:
        with pytest.raises((smtplib.SMTPServerDisconnected, TimeoutError)):
            send(server, **how)
        assert server.left.wait(60)
