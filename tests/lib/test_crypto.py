"""Encryption at rest: what goes in comes out, a wrong key raises, a rotation loses nothing."""

import pytest
from cryptography.fernet import Fernet, InvalidToken

from hubster.lib import crypto
from hubster.lib.fields import EncryptedJSONField, EncryptedTextField

VALUES = [None, True, False, 0, -1, 2**63, 10**30, 1.5, -1e308, "", " ", "\u00fc\U0001f600", "\\u0000", "x" * 10**6,
[], {}, [[]],
          {"": None}, {"a": [1, "b", None, {"c": [True, 1.25]}]}, {"Key": 1, "key": 2}]  # fmt: skip


def stored(field, value):
    """What the database would hold, read back by the field."""
    return field.from_db_value(field.get_prep_value(value), None, None)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:30])
def test_every_json_value_comes_back_with_its_type(value):
    back = stored(EncryptedJSONField(), value)
    assert back == value
    assert type(back) is type(value)


def test_text_comes_back_and_nothing_stays_nothing():
    for text in ("", "secret", "\u00fc" * 1000):
        assert stored(EncryptedTextField(), text) == text
    assert stored(EncryptedTextField(), None) is None


def test_neither_keys_nor_values_can_be_read_and_equal_values_look_different():
    field = EncryptedJSONField()
    held = [field.get_prep_value({"authToken": "hunter2"}) for _ in range(2)]
    assert held[0] != held[1]
    assert "authToken" not in held[0]
    assert "hunter2" not in held[0]


@pytest.mark.parametrize("field", [EncryptedJSONField(), EncryptedTextField()])
def test_a_wrong_key_or_changed_text_raises_instead_of_showing_it(settings, field):
    held = field.get_prep_value("value")
    for broken in (held[:-2], "x" + held, "", "plain"):
        with pytest.raises(InvalidToken):
            field.from_db_value(broken, None, None)
    settings.HUBSTER_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(InvalidToken):
        field.from_db_value(held, None, None)


def test_after_a_rotation_old_values_are_readable_and_new_ones_need_only_the_new_key(settings):
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    settings.HUBSTER_ENCRYPTION_KEYS = [old]
    before = crypto.encrypt("old")
    settings.HUBSTER_ENCRYPTION_KEYS = [new, old]
    assert crypto.decrypt(before) == "old"
    again = crypto.encrypt(crypto.decrypt(before))
    settings.HUBSTER_ENCRYPTION_KEYS = [new]
    assert crypto.decrypt(again) == "old"
    with pytest.raises(InvalidToken):
        crypto.decrypt(before)


def test_the_digest_of_a_secret_depends_on_the_key_and_on_every_letter(settings):
    settings.HUBSTER_HASH_KEY = "one"
    digests = {crypto.secret_digest(secret) for secret in ("a", "A", "a ", "", "\u00e4")}
    assert len(digests) == 5
    assert all(len(digest) == 64 for digest in digests)
    first = crypto.secret_digest("a")
    settings.HUBSTER_HASH_KEY = "two"
    assert crypto.secret_digest("a") != first
