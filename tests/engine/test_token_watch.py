"""Open sockets whose token is no longer in force: the token watch finds them, and closes them alone."""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from engine.sockets import token_watch as module
from engine.sockets.base import caller_of
from engine.sockets.token_watch import TokenWatch, still_good
from portal.models import ClientSecret
from tests.two_tenants import webchat_token


@pytest.fixture
def callers(acme, globex):
    """A client and a visitor of the first tenant, and a client of the neighbour."""
    return caller_of(acme.token("engine")), caller_of(webchat_token(acme)), caller_of(globex.token("engine"))


def test_all_are_good_at_first_and_it_takes_two_queries(callers, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert still_good(set(callers)) == set(callers)


def test_a_deleted_secret_ends_its_clients_sockets_only(callers):
    client, visitor, neighbour = callers
    ClientSecret.objects.filter(pk=client.secret_id).delete()
    assert still_good(set(callers)) == {visitor, neighbour}


def test_an_expired_secret_ends_them_too(callers):
    client, visitor, neighbour = callers
    ClientSecret.objects.filter(pk=client.secret_id).update(expiration=timezone.now() - timedelta(seconds=1))
    assert still_good(set(callers)) == {visitor, neighbour}


def test_a_disabled_client_ends_them_too(callers, acme):
    client, visitor, neighbour = callers
    acme.tenant.clients.filter(client_id=client.client_id).update(enabled=False)
    assert still_good(set(callers)) == {visitor, neighbour}


@pytest.mark.parametrize("fault", ["disabled", "evaluation"])
def test_a_tenant_that_may_no_more_ends_its_clients_and_visitors(callers, acme, fault, monkeypatch):
    monkeypatch.setattr(module, "fault_of", lambda tenant: fault if tenant == acme.tenant else "")
    assert still_good(set(callers)) == {callers[2]}


def test_a_disabled_tenant_ends_its_clients_and_visitors(callers, acme):
    acme.tenant.enabled = False
    acme.tenant.save()
    assert still_good(set(callers)) == {callers[2]}


def test_a_token_whose_time_is_over_ends(callers, monkeypatch):
    later = timezone.now() + timedelta(days=2)  # after a visitor's token, before a client's
    monkeypatch.setattr(module.clock, "now", lambda: later)
    assert still_good(set(callers)) == {callers[0], callers[2]}


async def test_those_that_ended_are_closed_and_the_others_are_not(monkeypatch):
    monkeypatch.setattr(module, "EVERY", 0.0)
    monkeypatch.setattr(module, "still_good", lambda callers: callers - {"ended"})
    token_watch, closed = TokenWatch(), asyncio.Queue()

    async def refuse() -> None:
        token_watch.forget("socket of ended")
        await closed.put("ended")

    async def wrong() -> None:
        await closed.put("good")

    token_watch.watch("socket of good", "good", wrong)
    token_watch.watch("socket of ended", "ended", refuse)
    assert await asyncio.wait_for(closed.get(), 60) == "ended"
    token_watch.forget("socket of good")
    await asyncio.wait_for(token_watch.task, 60)
    assert closed.empty()
