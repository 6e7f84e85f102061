"""The demo's people: real names, one of each role, and no way into production."""

import pytest

from engine.checks import check_demo_credentials
from portal.demo import DEMO_USERS, do_seed, guid
from portal.models import ClientSecret, User


@pytest.fixture
def seeded(db, settings):
    settings.HUBSTER_ALLOW_LOOPBACK = True  # the demo's bot is on this machine
    do_seed()
    return settings


def test_the_tenant_demo_has_an_owner_a_manager_and_an_agent_with_names_of_their_own(seeded):
    people = User.objects.filter(tenant_id=guid("1"))
    assert {person.role for person in people} == set(User.Role)
    for person in User.objects.all():
        assert person.check_password(person.username)
        assert person.username not in person.get_full_name().lower().split()
        assert len(person.get_full_name().split()) == 2


def test_a_second_start_adds_nobody(seeded):
    before = User.objects.count()
    do_seed()
    assert User.objects.count() == before


@pytest.mark.parametrize("name", DEMO_USERS)
def test_production_refuses_to_start_with_any_of_them(seeded, name):
    ClientSecret.objects.all().delete()
    User.objects.exclude(username=name).delete()
    seeded.PRODUCTION = True
    found = check_demo_credentials(None, ["default"])
    assert [fault.id for fault in found] == ["engine.E201"]
    assert name in found[0].hint
    User.objects.get().delete()
    assert check_demo_credentials(None, ["default"]) == []
