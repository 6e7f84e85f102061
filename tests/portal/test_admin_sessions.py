"""A session as it is seen from outside a request: everything that ends it, and nothing else."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client as Browser

from hubster.lib import clock
from portal.admin.sessions import user_of_session
from portal.models import User


@pytest.fixture
def agent(db) -> User:
    """Somebody with a password."""
    person = User(username="ada", is_staff=True)
    person.set_password("before")
    person.save()
    return person


@pytest.fixture
def browser(agent) -> Browser:
    """A browser in which they are logged in."""
    made = Browser()
    made.force_login(agent)
    return made


def key(browser: Browser) -> str:
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def expired(browser, agent):
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))


def logged_out(browser, agent):
    browser.logout()


def new_password(browser, agent):
    agent.set_password("after")
    agent.save()


def deactivated(browser, agent):
    agent.is_active = False
    agent.save()


def deleted(browser, agent):
    agent.delete()


def test_a_session_in_force_has_its_user(browser, agent, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert user_of_session(key(browser)) == agent


@pytest.mark.parametrize("end", [expired, logged_out, new_password, deactivated, deleted])
def test_an_ended_session_has_none(browser, agent, end):
    found = key(browser)
    end(browser, agent)
    assert user_of_session(found) is None


@pytest.mark.parametrize("wrong", [None, "", "nonsense", "x" * 32])
def test_no_session_has_no_user(db, wrong):
    assert user_of_session(wrong) is None


def test_another_browsers_end_is_not_this_ones(browser, agent):
    other = Browser()
    other.force_login(agent)
    other.logout()
    assert user_of_session(key(browser)) == agent


def test_a_replaced_secret_key_logs_nobody_out_and_the_look_writes_nothing(browser, agent, settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-secret-key" * 4
    before = Session.objects.get().session_key
    assert user_of_session(key(browser)) == agent
    assert Session.objects.get().session_key == before
