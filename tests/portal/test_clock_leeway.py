"""A clock that was put back, or that of another machine, refuses nothing good; and nothing lives longer for it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from engine.sockets.base import caller_of
from engine.sockets.token_watch import still_good
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from portal.identity import tokens
from tests.engine import file_samples as samples
from tests.engine.test_files_serving import get, kept
from tests.portal.test_token_members import renew, sign_in
from tests.portal.test_tokens import get_hubs, signed
from tests.two_tenants import codes_of, webchat_token

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def later(seconds: float):
    """The token, some seconds later; earlier if negative."""
    return time_machine.travel(NOW + timedelta(seconds=seconds), tick=False)


def visit(token: str) -> int:
    """The status of a visitor's call."""
    return get("/api/v1/interactions/activities/x?type=Customer", authorization=f"WebBearer {token}").status_code


def test_tokens_of_every_kind_are_good_five_minutes_before_they_were_issued(pair):
    portal, engine, visitor = (
        pair.acme.token("portal"),
        pair.acme.token("engine"),
        webchat_token(pair.acme),
    )
    member = sign_in().json()
    browser = pair.acme.browser("manager")
    _, address = kept(samples.Visitor(pair.acme), samples.MP3, "a.mp3")
    with later(-300):
        assert get_hubs(portal).status_code == 200
        assert get_hubs(member["access_token"]).status_code == 200
        assert {caller.tenant_id for caller in (caller_of(engine), caller_of(visitor))} == {pair.acme.tenant.id}
        assert len(still_good({caller_of(engine), caller_of(visitor)})) == 2
        assert visit(visitor) != 401
        assert renew(member["refresh_token"]).status_code == 200
        assert browser.get("/admin/").status_code == 200
        assert get(address).status_code == 200


@pytest.mark.parametrize("claim", ["iat", "nbf"])
@pytest.mark.parametrize(("ahead", "status"), [(299, 200), (300, 200), (301, 401)])
def test_the_leeway_ends_somewhere(pair, claim, ahead, status):
    answer = get_hubs(signed(pair, **{claim: int(NOW.timestamp()) + ahead}))
    assert answer.status_code == status
    if status == 401:
        assert codes_of(answer) == ["PRT000102"]
        assert "clock" in answer.json()["errors"][0]["description"]


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_the_leeway_is_a_setting(pair, settings, claim):
    settings.HUBSTER_CLOCK_LEEWAY = 0
    assert get_hubs(signed(pair, **{claim: int(NOW.timestamp())})).status_code == 200
    assert get_hubs(signed(pair, **{claim: int(NOW.timestamp()) + 1})).status_code == 401


@pytest.mark.parametrize(("claim", "value"), [
    ("iat", "soon"), ("iat", []), ("iat", {}), ("iat", None), ("nbf", "soon"), ("nbf", []), ("nbf", {}),
])  # fmt: skip
def test_a_beginning_that_is_no_moment_is_refused(pair, claim, value):
    assert get_hubs(signed(pair, **{claim: value})).status_code == 401


def test_the_end_has_no_leeway(pair, settings):
    portal, visitor = pair.acme.token("portal"), webchat_token(pair.acme)
    with later(settings.TOKEN_SECONDS - 1):
        assert get_hubs(portal).status_code == 200
    with later(settings.TOKEN_SECONDS):
        assert get_hubs(portal).status_code == 401
    with later(settings.WEBCHAT_TOKEN_SECONDS - 1):
        assert caller_of(visitor)
    with later(settings.WEBCHAT_TOKEN_SECONDS), pytest.raises(HubsterError, match="expired"):
        caller_of(visitor)


def test_what_was_issued_while_the_clock_was_back_ends_with_its_own_time(pair, settings):
    with later(-300):
        portal = pair.acme.token("portal")
    with later(settings.TOKEN_SECONDS - 301):
        assert tokens.read(portal)["exp"] == NOW.timestamp() + settings.TOKEN_SECONDS - 300
    with later(settings.TOKEN_SECONDS - 300):
        assert get_hubs(portal).status_code == 401
    assert clock.now() == NOW
