"""Rotation of signing keys: which key signs when, which tokens stay good, and that a key is always there."""

from datetime import timedelta
from io import StringIO

import jwt
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from hubster.lib import clock
from portal.identity import keys, rotation
from portal.models import JwtKey
from tests.portal.test_tokens import get_hubs
from tests.two_tenants import codes_of

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def rotate(*options: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("rotate_signing_key", *options, stdout=out)
    return out.getvalue()


def key(age: timedelta) -> JwtKey:
    """An active key of an age."""
    made = keys.make_key()
    JwtKey.objects.filter(pk=made.pk).update(created=clock.now() - age)
    keys.forget()
    return made


def published() -> set[str]:
    """The ids in the JWKS."""
    return {entry["kid"] for entry in Browser().get("/.well-known/jwks.json").json()["keys"]}


def active() -> set[str]:
    """The ids of the active keys."""
    return {str(pk) for pk in JwtKey.objects.filter(active=True).values_list("pk", flat=True)}


def signer_of(token: str) -> str:
    """The key that signed a token."""
    return jwt.get_unverified_header(token)["kid"]


def test_a_new_key_is_published_at_once_and_signs_when_every_copy_of_the_jwks_has_it(acme):
    old, start = key(DAY), clock.now()
    assert "Created key" in rotate()
    (new,) = active() - {str(old.id)}
    assert published() == {str(old.id), new}
    assert signer_of(acme.token("portal")) == str(old.id)
    with time_machine.travel(start + 9 * MINUTE, tick=False):
        assert signer_of(acme.token("portal")) == str(old.id)
    with time_machine.travel(start + 11 * MINUTE, tick=False):
        assert signer_of(acme.token("portal")) == new
    answer = Browser().get("/.well-known/jwks.json")
    assert answer["Cache-Control"] == "public, max-age=300"
    assert keys.PUBLISHED_FIRST.total_seconds() > keys.JWKS_SECONDS + keys.CACHE_SECONDS


def test_tokens_that_are_out_stay_good_after_a_rotation(acme):
    key(DAY)
    token, start = acme.token("portal"), clock.now()
    rotate()
    with time_machine.travel(start + 29 * DAY, tick=False):
        assert get_hubs(token).status_code == 200


def test_the_first_key_signs_at_once_and_goes_on_while_a_second_is_young(acme):
    first = signer_of(acme.token("portal"))
    rotate()
    assert signer_of(acme.token("portal")) == first


def test_a_key_goes_when_no_token_that_it_signed_is_of_use(acme):
    """A visitor's lasts a day, and renews its visitor for 30 more."""
    oldest, old = key(100 * DAY), key(32 * DAY)
    told = rotate()
    assert f"Retired key {oldest.id}" in told
    assert f"Retired key {old.id}" not in told
    assert str(oldest.id) not in published()
    assert str(old.id) in published()


def test_a_key_whose_successor_is_not_old_enough_stays_however_old_it_is(acme):
    oldest = key(100 * DAY)
    key(31 * DAY)
    rotate()
    assert str(oldest.id) in published()


def test_replaced_keys_may_be_retired_sooner(acme):
    oldest, old = key(100 * DAY), key(5 * DAY)
    assert f"Retired key {oldest.id}" not in rotate("--retire-older-than", "6")
    JwtKey.objects.exclude(pk__in=[oldest.pk, old.pk]).delete()
    assert f"Retired key {oldest.id}" in rotate("--retire-older-than", "4")


def test_the_signing_key_is_never_retired_by_age(acme):
    old = key(100 * DAY)
    rotate("--retire-older-than", "0")
    rotate("--retire-older-than", "0")
    keys.forget()
    assert signer_of(acme.token("portal")) == str(old.id)


def test_a_leaked_key_is_retired_at_once_and_its_tokens_with_it(acme):
    leaked = key(2 * DAY)
    token = acme.token("portal")
    other = key(DAY)
    good = acme.token("portal")
    assert get_hubs(token).status_code == 200
    told = rotate("--retire", str(leaked.id))
    assert "refused within a minute" in told
    assert "Made key" not in told
    assert codes_of(get_hubs(token)) == ["PRT000102"]
    assert get_hubs(good).status_code == 200
    assert published() == active() == {str(other.id)}


def test_a_process_that_does_not_know_yet_refuses_the_tokens_of_a_retired_key_within_a_minute(acme, monkeypatch):
    leaked = key(2 * DAY)
    token = acme.token("portal")
    key(DAY)
    assert get_hubs(token).status_code == 200
    monkeypatch.setattr(rotation.keys, "forget", lambda: None)  # as if it happened in another process
    rotate("--retire", leaked.id.hex.upper())
    monkeypatch.undo()
    assert get_hubs(token).status_code == 200
    assert keys.CACHE_SECONDS <= 60
    monkeypatch.setitem(keys._cache, "at", keys._cache["at"] - keys.CACHE_SECONDS - 1)
    assert get_hubs(token).status_code == 401


def test_when_the_last_key_is_retired_another_takes_its_place(acme):
    last = key(DAY)
    told = rotate("--retire", str(last.id))
    assert "to replace it" in told
    assert len(active()) == 1
    assert {signer_of(acme.token("portal"))} == active()


def test_a_key_that_is_not_there_cannot_be_retired(acme):
    last = key(DAY)
    for kid in ("00000000-0000-0000-0000-000000000000", "x"):
        with pytest.raises(CommandError):
            rotate("--retire", kid)
    assert active() == {str(last.id)}
    rotate("--retire", str(last.id))
    with pytest.raises(CommandError, match="nothing was changed"):
        rotate("--retire", str(last.id))


@pytest.mark.parametrize("days", ["-1", "x", "1.5", "9999999"])
def test_days_are_whole_numbers(acme, days):
    with pytest.raises(CommandError):
        rotate("--retire-older-than", days)
    assert not JwtKey.objects.exists()


def test_the_command_tells_what_each_key_does(acme):
    old, signing = key(20 * DAY), key(10 * DAY)
    lines = {line.split()[0]: line for line in rotate().splitlines() if line.startswith("  ")}
    ends = clock.now() + 21 * DAY + 10 * MINUTE
    assert lines[str(signing.id)].endswith("signs")
    assert "verifies only" in lines[str(old.id)]
    assert f"{ends:%Y-%m-%d}" in lines[str(old.id)]
    assert len(lines) == 3
    assert "published; signs from" in str(lines)
