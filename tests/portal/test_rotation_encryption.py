"""Rotation of the encryption key: everything is encrypted anew, nothing is lost, and the end says what may go."""

from datetime import timedelta
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.db.models import TextField, Value

from hubster.lib import clock, crypto
from portal.management.commands import rotate_encryption_key as command
from portal.models import IdempotencyRecord, Integration, JwtKey, PendingConnection, SigningKey
from tests.portal.test_token_endpoint import dump

FILES = ["Integration.configuration", "SigningKey.private_key", "JwtKey.private_pem", "IdempotencyRecord.answer",
         "PendingConnection.configuration"]  # fmt: skip


@pytest.fixture
def old(settings) -> str:
    """The key in force until now."""
    settings.HUBSTER_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    return settings.HUBSTER_ENCRYPTION_KEYS[0]


@pytest.fixture
def filled(old, acme):
    """A tenant with something in every encrypted field of the portal, under the old key."""
    IdempotencyRecord.objects.create(caller="c", key="k", digest="d", status=200, answer={"token": "shown-once"})
    IdempotencyRecord.objects.create(caller="c", key="none", digest="d", status=200, answer=None)
    pending = {"channel": "Viber", "configuration": {"authToken": "secret"}, "created": clock.now()}
    PendingConnection.objects.create(integration=acme.customer.pk, **pending)
    acme.token("portal")
    return acme


def new_key_first(settings) -> str:
    """Configure a new key before those that are there."""
    new = Fernet.generate_key().decode()
    settings.HUBSTER_ENCRYPTION_KEYS = [new, *settings.HUBSTER_ENCRYPTION_KEYS]
    return new


def rotate() -> str:
    """What the command prints."""
    out = StringIO()
    call_command("rotate_encryption_key", stdout=out)
    return out.getvalue()


def everything() -> list:
    """All that is encrypted, read the usual way; raises when something cannot be read."""
    return [
        [(row.pk, row.configuration, row.modified) for row in Integration.objects.order_by("pk")],
        [(row.pk, row.private_key, row.modified) for row in SigningKey.objects.order_by("pk")],
        [(row.pk, row.private_pem, row.modified) for row in JwtKey.objects.order_by("pk")],
        [(row.pk, row.answer) for row in IdempotencyRecord.objects.order_by("pk")],
        [(row.pk, row.configuration) for row in PendingConnection.objects.order_by("pk")],
    ]


def ciphers() -> dict:
    """All that is encrypted, as the database has it."""
    return {
        (str(column), pk): cipher
        for column in command.encrypted_columns()
        for pk, cipher in column.rows().values_list("pk", "cipher")
    }


def test_every_encrypted_field_is_found():
    assert {*FILES} <= {str(column) for column in command.encrypted_columns()}


def test_after_a_rotation_the_new_key_alone_reads_everything_and_nothing_else_has_changed(filled, settings):
    before, held = everything(), ciphers()
    new = new_key_first(settings)
    told = rotate()
    settings.HUBSTER_ENCRYPTION_KEYS = [new]
    assert everything() == before
    assert len(held) > len(FILES)
    assert not set(held.values()) & set(ciphers().values())
    assert f"{len(held)} values were re-encrypted." in told
    assert "can remove the other keys" in told
    assert all(name in told for name in FILES)
    assert "Integration.configuration: 3 of 3" in told


def test_the_database_holds_no_plain_text_before_and_after(filled, settings):
    plain = ["shown-once", JwtKey.objects.first().private_pem.splitlines()[1], SigningKey.objects.first().private_key]
    for _ in range(2):
        assert [text for text in plain if text in dump()] == []
        assert "shop.example.com" not in dump(but="portal_auditentry")  # which tells what is no secret
        new_key_first(settings)
        rotate()


def test_a_second_run_changes_nothing(filled, settings):
    new_key_first(settings)
    rotate()
    held = ciphers()
    assert rotate().splitlines()[-1].startswith("0 values were re-encrypted.")
    assert ciphers() == held


def test_without_the_old_key_the_command_says_so_and_changes_nothing(filled, settings, old):
    held, before = ciphers(), everything()
    settings.HUBSTER_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="Do not remove any key") as refusal:
        rotate()
    assert f"{len(held)} cannot be decrypted" in str(refusal.value)
    assert refusal.value.returncode == 1
    assert ciphers() == held
    settings.HUBSTER_ENCRYPTION_KEYS = [old]
    assert everything() == before


def test_a_value_that_cannot_be_read_is_named_and_the_others_are_encrypted_anew(filled, settings):
    column = next(found for found in command.encrypted_columns() if str(found) == "Integration.configuration")
    column.rows().filter(pk=filled.agent.pk).update(configuration=Value("not encrypted", TextField()))
    new = new_key_first(settings)
    with pytest.raises(CommandError, match=f"Integration.configuration of {filled.agent.pk}"):
        rotate()
    settings.HUBSTER_ENCRYPTION_KEYS = [new]
    assert Integration.objects.get(pk=filled.customer.pk).configuration
    assert ciphers()[str(column), filled.agent.pk] == "not encrypted"


def change_meanwhile(monkeypatch, value) -> None:
    """Somebody changes all configurations when one of them was read and is about to be written."""
    watched = {cipher for (column, _), cipher in ciphers().items() if column == "Integration.configuration"}
    renew = crypto.with_newest_key

    def slow(cipher: str) -> str | None:
        if cipher in watched:
            watched.clear()
            Integration.objects.update(configuration=value)
        return renew(cipher)

    monkeypatch.setattr(crypto, "with_newest_key", slow)


def test_a_change_at_the_same_moment_is_not_overwritten(filled, settings, monkeypatch):
    new = new_key_first(settings)
    change_meanwhile(monkeypatch, {"changed": "meanwhile"})
    rotate()
    settings.HUBSTER_ENCRYPTION_KEYS = [new]
    assert [row.configuration for row in Integration.objects.all()] == [{"changed": "meanwhile"}] * 3


def test_a_change_by_a_process_that_was_not_restarted_is_encrypted_anew_too(filled, settings, monkeypatch, old):
    new = new_key_first(settings)
    under_old = Fernet(old).encrypt(b'{"changed":"late"}').decode()
    change_meanwhile(monkeypatch, Value(under_old, TextField()))
    rotate()
    settings.HUBSTER_ENCRYPTION_KEYS = [new]
    assert [row.configuration for row in Integration.objects.all()] == [{"changed": "late"}] * 3


def test_a_row_deleted_meanwhile_is_no_fault(filled, settings, monkeypatch):
    new_key_first(settings)
    renew = crypto.with_newest_key

    def slow(cipher: str) -> str | None:
        IdempotencyRecord.objects.all().delete()
        return renew(cipher)

    monkeypatch.setattr(crypto, "with_newest_key", slow)
    assert "can remove the other keys" in rotate()


def test_many_rows_go_in_batches_with_progress(filled, settings, monkeypatch):
    monkeypatch.setattr(command, "BATCH", 2)
    for number in range(5):
        IdempotencyRecord.objects.create(caller="c", key=str(number), digest="d", status=200, answer={"number": number})
    new = new_key_first(settings)
    told = rotate()
    assert [f"IdempotencyRecord.answer: {done} of 6" in told for done in (2, 4, 6)] == [True] * 3
    settings.HUBSTER_ENCRYPTION_KEYS = [new]
    assert {row.answer["number"] for row in IdempotencyRecord.objects.filter(key__in="01234")} == set(range(5))


def test_an_interrupted_run_goes_on_where_it_stopped(filled, settings, monkeypatch):
    new = new_key_first(settings)
    renew, done = crypto.with_newest_key, []

    def failing(cipher: str) -> str | None:
        done.append(1)
        if len(done) == 3:
            raise DatabaseError("gone")
        return renew(cipher)

    total = len(ciphers())
    monkeypatch.setattr(crypto, "with_newest_key", failing)
    with pytest.raises(CommandError, match="continues where it stopped"):
        rotate()
    monkeypatch.undo()
    assert f"{total - 2} values were re-encrypted." in rotate()
    settings.HUBSTER_ENCRYPTION_KEYS = [new]
    everything()


def test_something_that_is_no_key_is_told_in_a_sentence(filled, settings):
    settings.HUBSTER_ENCRYPTION_KEYS = ["short"]
    with pytest.raises(CommandError, match="invalid key"):
        rotate()


def test_the_time_of_the_last_change_is_left_alone(filled, settings):
    moment = clock.now() - timedelta(days=9)
    Integration.objects.update(modified=moment)
    new_key_first(settings)
    rotate()
    assert {row.modified for row in Integration.objects.all()} == {moment}


def test_a_fresh_encryption_key_can_be_printed_alone():
    out = StringIO()
    call_command("new_keys", "--encryption", stdout=out)
    Fernet(out.getvalue().strip())
    assert len(out.getvalue().splitlines()) == 1
