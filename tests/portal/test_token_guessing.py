"""Guessing at the token endpoint and at the admin's door: what is counted, what is refused, and who is unharmed."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.test import Client as Browser

from hubster.lib.rate import Guard
from portal.identity import members, validator
from portal.identity.guessing import FAILURES_PER_ADDRESS, FAILURES_PER_MEMBER, MEMBER_MINUTES, TRIES_PER_NAME, Try
from tests.cast import PASSWORD
from tests.portal.test_token_members import renew, sign_in

HOME, AWAY = "127.0.0.1", "192.0.2.7"


def ask(party, secret: str, address: str = HOME, api: str = "engine", **headers: str):
    """A client's request from an address."""
    form = {"grant_type": "client_credentials", "client_id": f"hubster.{api}.api.{party.tenant.id.hex}"}
    return Browser().post("/connect/token", {**form, "client_secret": secret}, REMOTE_ADDR=address, **headers)


def statuses(count: int, work) -> list[int]:
    """The statuses of so many requests in a row."""
    return [work(number).status_code for number in range(count)]


def test_after_twenty_wrong_tries_the_next_is_refused_unseen(acme, monkeypatch):
    assert statuses(TRIES_PER_NAME, lambda _: ask(acme, "wrong")) == [400] * TRIES_PER_NAME
    monkeypatch.setattr(validator, "find_secret", None)  # looking would be an error
    answer = ask(acme, acme.secrets["engine"])
    wait = int(answer["Retry-After"])
    body = answer.json()
    assert answer.status_code == 429
    assert 1 <= wait <= 61
    assert (body["error"], body["status"], body["errors"][0]["code"]) == ("slow_down", 429, 100)
    assert body["errors"][0]["description"] == f"{body['error_description']} (code: IDT000100)"
    assert f"Wait {wait} seconds" in body["error_description"]
    assert answer["Cache-Control"] == "no-store"


def test_the_limits_are_the_documented_ones():
    assert (TRIES_PER_NAME, FAILURES_PER_ADDRESS) == (20, 100)


def test_tries_count_for_one_minute(acme, monkeypatch):
    moment = [1_800_000_010.0]
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: moment[0])
    statuses(TRIES_PER_NAME, lambda _: ask(acme, "wrong"))
    moment[0] += 59
    assert ask(acme, acme.secrets["engine"]).status_code == 429
    moment[0] += 2
    assert ask(acme, acme.secrets["engine"]).status_code == 200


def test_other_addresses_other_clients_and_other_tenants_are_unaffected(acme, globex):
    statuses(TRIES_PER_NAME + 1, lambda _: ask(acme, "wrong", AWAY))
    assert ask(acme, acme.secrets["engine"], AWAY).status_code == 429
    assert ask(acme, acme.secrets["engine"], HOME).status_code == 200
    assert ask(acme, acme.secrets["portal"], AWAY, "portal").status_code == 200
    assert ask(globex, globex.secrets["engine"], AWAY).status_code == 200
    assert sign_in().status_code == 200


def test_a_success_begins_the_count_anew(acme):
    for _ in range(3):
        statuses(TRIES_PER_NAME - 1, lambda _: ask(acme, "wrong"))
        assert ask(acme, acme.secrets["engine"]).status_code == 200


def test_any_number_of_good_requests_in_a_minute_is_never_hindered(acme):
    found = statuses(2 * FAILURES_PER_ADDRESS, lambda _: ask(acme, acme.secrets["engine"]))
    assert set(found) == {200}


def test_an_address_may_fail_a_hundred_times_over_all_names(acme):
    found = statuses(FAILURES_PER_ADDRESS, lambda number: sign_in(f"name-{number}", "wrong"))
    assert set(found) == {400}
    assert sign_in("another", "wrong").status_code == 429
    assert ask(acme, acme.secrets["engine"]).status_code == 429
    assert ask(acme, acme.secrets["engine"], AWAY).status_code == 200


def test_successes_in_between_do_not_make_room_for_more_failures(acme):
    half = FAILURES_PER_ADDRESS // 2
    for first in (0, half):
        statuses(half, lambda number, first=first: sign_in(f"name-{first + number}", "wrong"))
        statuses(0 if first else 10, lambda _: ask(acme, acme.secrets["engine"]))
    assert ask(acme, acme.secrets["engine"]).status_code == 429


def test_of_a_hundred_parallel_wrong_tries_at_most_twenty_are_evaluated(acme, monkeypatch):
    seen = []
    monkeypatch.setattr(validator, "find_secret", lambda *given: seen.append(given))
    with ThreadPoolExecutor(25) as pool:
        found = list(pool.map(lambda _: ask(acme, "wrong").status_code, range(100)))
    assert len(seen) == TRIES_PER_NAME
    assert (found.count(400), found.count(429)) == (TRIES_PER_NAME, 100 - TRIES_PER_NAME)


def test_of_parallel_tries_of_many_names_at_most_a_hundred_are_evaluated(db, monkeypatch):
    seen = []
    monkeypatch.setattr(members, "authenticate", lambda *_, **given: seen.append(given))
    with ThreadPoolExecutor(25) as pool:
        found = list(pool.map(lambda number: sign_in(f"name-{number}", "wrong").status_code, range(150)))
    assert len(seen) == FAILURES_PER_ADDRESS
    assert (found.count(400), found.count(429)) == (FAILURES_PER_ADDRESS, 150 - FAILURES_PER_ADDRESS)


def test_passwords_are_counted_by_user_name_in_any_spelling(acme):
    for number in range(TRIES_PER_NAME):
        assert sign_in("acme-owner" if number % 2 else "Acme-Owner", "wrong").status_code == 400
    assert sign_in("acme-owner").status_code == 429
    assert sign_in("acme-manager").status_code == 200


def test_refresh_tokens_are_counted_by_session(acme):
    good = sign_in().json()["refresh_token"]
    statuses(TRIES_PER_NAME, lambda _: renew("some.stale.token"))
    assert renew("some.stale.token").status_code == 429
    assert renew(good).status_code == 200


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_forged_forwarded_address_is_no_way_around(acme, settings, proxies):
    """Whatever a caller writes, our proxy adds the address that it sees at the end."""
    settings.HUBSTER_TRUSTED_PROXIES = proxies

    def forged(number: int):
        shown = f"198.51.100.{number}" + (f", {AWAY}" if proxies else "")
        return ask(acme, "wrong", HTTP_X_FORWARDED_FOR=shown)

    assert statuses(TRIES_PER_NAME + 1, forged) == [400] * TRIES_PER_NAME + [429]
    other = {"HTTP_X_FORWARDED_FOR": "192.0.2.8"} if proxies else {"address": "192.0.2.8"}
    assert ask(acme, acme.secrets["engine"], **other).status_code == 200


def test_an_ipv6_network_counts_as_one_address(acme):
    statuses(TRIES_PER_NAME, lambda number: ask(acme, "wrong", f"2001:db8::{number}"))
    assert ask(acme, acme.secrets["engine"], "2001:db8::ffff:1").status_code == 429
    assert ask(acme, acme.secrets["engine"], "2001:db8:0:1::1").status_code == 200


def test_forms_that_try_nothing_are_not_counted(acme):
    form = {"client_id": f"hubster.engine.api.{acme.tenant.id.hex}", "client_secret": "wrong"}
    found = statuses(FAILURES_PER_ADDRESS + 1, lambda _: Browser().post("/connect/token", {**form, "grant_type": "x"}))
    assert set(found) == {400}
    assert ask(acme, acme.secrets["engine"]).status_code == 200


@pytest.mark.skipif(settings.EMBEDDED, reason="needs Redis, which is there in `python -m tests.run services`")
def test_redis_uncounts_a_good_try_and_no_other(monkeypatch):
    monkeypatch.undo()
    guard, who = Guard("tests", 2), uuid4().hex
    assert (guard.wait(who), guard.wait(who)) == (0, 0)
    guard.forgive(who)
    assert guard.wait(who) == 0
    assert guard.wait(who) > 0


def test_a_good_try_that_nobody_counted_is_no_fault():
    Guard("tests", 1).forgive("somebody")
    assert Guard("tests", 1).wait("somebody") == 0


def far(number: int) -> str:
    """Another network address for each number."""
    return f"198.51.{number // 200}.{number % 200 + 1}"


def try_everywhere(count: int, work) -> list[int]:
    """The statuses of tries of one name, each from an address of its own."""
    return [work("acme-owner", "wrong", far(number)).status_code for number in range(count)]


def sign_in_from(name: str, password: str, address: str):
    form = {"grant_type": "password", "client_id": "hubster.portal", "username": name, "password": password}
    return Browser().post("/connect/token", form, REMOTE_ADDR=address)


def test_many_addresses_together_guess_at_one_member_no_faster_than_the_limit(acme, monkeypatch):
    seen = []
    monkeypatch.setattr(members, "authenticate", lambda *_, **given: seen.append(given))
    with ThreadPoolExecutor(25) as pool:
        ask_one = lambda number: sign_in_from("acme-owner", "wrong", far(number)).status_code  # noqa: E731
        found = list(pool.map(ask_one, range(100)))
    assert len(seen) == FAILURES_PER_MEMBER
    assert (found.count(400), found.count(429)) == (FAILURES_PER_MEMBER, 100 - FAILURES_PER_MEMBER)


@pytest.mark.parametrize("entrance", ["token", "admin"])
def test_a_member_whom_strangers_hold_up_still_gets_in_from_where_they_were_before(acme, entrance):
    enter, good = (sign_in_from, 200) if entrance == "token" else (log_in, 302)
    assert log_in("acme-owner", PASSWORD, HOME).status_code == 302
    try_everywhere(FAILURES_PER_MEMBER + 1, sign_in_from)
    assert sign_in_from("acme-owner", PASSWORD, AWAY).status_code == 429
    assert enter("acme-owner", PASSWORD, HOME).status_code == good
    assert enter("acme-manager", PASSWORD, AWAY).status_code == good


def test_a_member_gets_in_from_anywhere_again_after_ten_minutes(acme, monkeypatch):
    moment = [1_800_000_010.0]
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: moment[0])
    try_everywhere(FAILURES_PER_MEMBER, sign_in_from)
    moment[0] += MEMBER_MINUTES * 60 - 1
    assert sign_in_from("acme-owner", PASSWORD, AWAY).status_code == 429
    moment[0] += 2
    assert sign_in_from("acme-owner", PASSWORD, AWAY).status_code == 200


def test_a_member_who_travels_is_never_held_up_by_their_own_successes(acme):
    found = [sign_in_from("acme-owner", PASSWORD, far(number)).status_code for number in range(60)]
    assert set(found) == {200}


def change_password(browser, old: str, address: str = HOME):
    form = {"old_password": old, "new_password1": "quite another one 9", "new_password2": "quite another one 9"}
    return browser.post("/admin/password_change/", form, REMOTE_ADDR=address)


def test_the_old_password_is_counted_with_the_others_when_it_is_changed(acme):
    browser = acme.browser("owner")
    assert statuses(TRIES_PER_NAME, lambda _: change_password(browser, "wrong")) == [200] * TRIES_PER_NAME
    refused = change_password(browser, PASSWORD)
    assert "Too many attempts. Wait " in refused.content.decode()
    assert sign_in("acme-owner").status_code == 429
    assert log_in("acme-owner", PASSWORD).status_code == 200
    assert change_password(browser, PASSWORD, AWAY).status_code == 302


def test_a_name_is_counted_by_its_digest():
    name, source = Try("user", "a password typed as the name", HOME)._counters()
    assert (len(name), source) == (64, HOME)


def log_in(name: str, password: str, address: str = HOME):
    """The admin's form."""
    return Browser().post("/admin/login/?next=/admin/", {"username": name, "password": password}, REMOTE_ADDR=address)


def test_the_admins_door_refuses_after_twenty_wrong_tries_and_says_how_long_to_wait(acme, monkeypatch):
    assert statuses(TRIES_PER_NAME, lambda _: log_in("acme-owner", "wrong")) == [200] * TRIES_PER_NAME
    answer = log_in("acme-owner", PASSWORD)
    assert answer.status_code == 200
    assert "Too many attempts. Wait " in answer.content.decode()
    assert log_in("acme-owner", PASSWORD, AWAY).status_code == 302
    assert log_in("acme-manager", PASSWORD).status_code == 302


def test_the_admins_door_and_the_token_endpoint_count_together(acme):
    statuses(TRIES_PER_NAME, lambda _: log_in("acme-owner", "wrong"))
    assert sign_in("acme-owner").status_code == 429


def test_logging_in_begins_the_count_anew(acme):
    for _ in range(2):
        statuses(TRIES_PER_NAME - 1, lambda _: log_in("acme-owner", "wrong"))
        assert log_in("acme-owner", PASSWORD).status_code == 302


def test_the_door_looks_at_no_password_that_is_refused(acme, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "django.contrib.auth.forms.authenticate", lambda *a, **given: seen.append(1) or authenticate(*a, **given)
    )
    statuses(TRIES_PER_NAME + 5, lambda _: log_in("acme-owner", "wrong"))
    assert len(seen) == TRIES_PER_NAME


def test_an_incomplete_login_form_is_not_counted(acme):
    statuses(TRIES_PER_NAME + 1, lambda _: log_in("acme-owner", ""))
    assert log_in("acme-owner", PASSWORD).status_code == 302
