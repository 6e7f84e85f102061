"""The pipeline stores a batch while somebody resumes, replays or deletes: neither waits for ever, nothing is lost."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from engine.actions.deliveries import do_replay, do_replay_range
from engine.actions.endpoints import do_pause, do_resume, do_set_order
from engine.models import Activity, Conversation, Delivery, Endpoint, Lane, PipelineLane
from engine.pipeline.kind import KIND
from engine.work import claim
from portal.actions.integrations import do_delete_integration
from portal.actions.tenants import do_delete_tenant
from portal.models import Integration, Tenant
from tests.background import do_run, taken
from tests.cast import TenantFixture, make_tenant_fixture
from tests.sessions import Session, interleavings, queued_up

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="an SQLite database in memory has one writer"),
]
S = Delivery.Status
# Those that the pipeline locks or refers to; what is stopped between rows of others meets it as it did before.
MET = [model._meta.db_table for model in (Conversation, PipelineLane, Activity, Delivery, Lane, Integration, Endpoint)]
WORD = {"message": {"type": "text", "text": "now"}}


class Scene:
    """A hub with a bot and an observer that two conversations reach, and a neighbour in the same batch."""

    def __init__(self, party: TenantFixture, neighbour: TenantFixture) -> None:
        self.party = party
        party.bot = party.add("Direct", "Bot", integrationType="Bot", webhookUrl="http://127.0.0.1:8099/bot")
        party.observer = party.add("System", "CRM", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
        self.mine = [party.establish(), party.establish()]
        self.talks = [*self.mine, neighbour.establish()]
        self.clients = {True: party.api("engine"), False: neighbour.api("engine")}
        for talk in self.talks:
            self.say(talk)
            do_run(talk.pk)

    def say(self, talk: Conversation) -> None:
        path = f"/inbound/customer/v1/direct/activity/{talk.pk}"
        assert self.clients[talk in self.mine].post(path, WORD, format="json").status_code == 200

    def committing(self) -> Callable[[], None]:
        """Everybody speaks, the steps have run: what is left is to store it."""
        for talk in self.talks:
            self.say(talk)
        runs = KIND.load(claim(KIND))
        assert len(runs) == len(self.talks)
        for run in runs:
            asyncio.run(run.work())
        return lambda: KIND.commit(runs)


@pytest.fixture
def scene(acme, globex):
    return Scene(acme, globex)


def paused(scene: Scene) -> Callable[[], Any]:
    do_pause(scene.party.observer)
    return lambda: do_resume(scene.party.observer)


def given_up_order(scene: Scene) -> Callable[[], Any]:
    do_set_order(scene.party.observer, in_order=True)
    return lambda: do_set_order(scene.party.observer, in_order=False)


def sent(scene: Scene) -> Delivery:
    rows = Delivery.objects.filter(destination=scene.party.observer)
    rows.update(status=S.SENT)
    Lane.objects.filter(destination=scene.party.observer).update(due=None)
    return rows.select_related("destination__hub", "activity").first()


def replayed(scene: Scene) -> Callable[[], Any]:
    sent(scene)
    return lambda: do_replay_range(scene.party.observer, status=S.SENT)


def replayed_one(scene: Scene) -> Callable[[], Any]:
    found = sent(scene)
    return lambda: do_replay(found)


ACTIONS = {"resume": paused, "give up order": given_up_order, "replay": replayed, "replay one": replayed_one}


def check_ended(*sessions: Session) -> None:
    for session in sessions:
        assert session.fault is None, (session.stop, session.fault)
        assert not session.deadlocks, session.stop


def play(prepare: Callable[[], tuple[Any, Any]], check: Callable[[], None], commit_rests: bool) -> None:
    """All interleavings; `prepare` gives the pipeline's commit and the other action."""

    def pair() -> tuple[Any, Any]:
        commit, other = prepare()
        return (commit, other) if commit_rests else (other, commit)

    met = 0
    for one, other in interleavings(pair, MET):
        check_ended(one, other)
        met = one.stop
        check()
    assert met > 3, "it was stopped in the middle"


def check_whole(talks: list[Conversation]) -> None:
    """Everything accepted is handled and on its way, once to each, and whatever waits will be found."""
    for talk in talks:
        do_run(talk.pk)
    told = Integration.objects.filter(type__in=("Bot", "System"))
    for row in Activity.objects.filter(conversation__in=talks).select_related("conversation"):
        assert row.state == Activity.State.PROCESSED
        to = list(row.deliveries.filter(destination__in=told).values_list("destination", flat=True))
        assert len(to) == len(set(to)), "twice to one"
        assert set(told.filter(hub=row.conversation.hub_id).values_list("pk", flat=True)) <= set(to), "not to everybody"
    waiting = Delivery.objects.filter(status=S.PENDING, destination__endpoint__paused=None)
    for place in set(waiting.values_list("conversation", "destination")):
        assert Lane.objects.get(conversation=place[0], destination=place[1]).due is not None, "nobody will look"
    lanes = PipelineLane.objects.filter(conversation__in=talks)
    assert lanes.count() == len(talks)
    assert not lanes.exclude(lease_token=None, due=None, tries=0).exists()


@pytest.mark.parametrize("commit_rests", [True, False])
@pytest.mark.parametrize("name", ACTIONS)
def test_the_pipeline_stores_while_somebody_changes_what_waits(scene, name, commit_rests):
    def prepare() -> tuple[Any, Any]:
        other = ACTIONS[name](scene)
        return scene.committing(), other

    play(prepare, lambda: check_whole(scene.talks), commit_rests)


def test_what_comes_up_while_an_endpoint_is_resumed_is_looked_at(scene):
    end = scene.party.observer
    do_pause(end)
    resume = Session(lambda: do_resume(end), stop=2, tables=[Lane._meta.db_table])  # it has looked for what waits
    resume.start()
    assert resume.rests()
    talk = scene.party.establish()
    scene.mine.append(talk)

    def come_up() -> None:
        scene.say(talk)
        do_run(talk.pk)
        taken("delivery", Lane.objects.get(conversation=talk, destination=end).pk)

    other = Session(come_up)
    other.start()
    other.is_stuck()
    resume.end()
    other.end()
    check_ended(resume, other)
    check_whole([talk])


@pytest.mark.parametrize("name", [name for name in ACTIONS if name != "replay one"])
def test_both_lock_many_lanes_in_one_order(scene, name):
    other = ACTIONS[name](scene)
    lanes = Lane.objects.filter(destination=scene.party.observer)
    assert lanes.count() > 1
    check_ended(*queued_up(lanes, scene.committing(), other))
    check_whole(scene.talks)


GONE: dict[str, Callable[[Any], Any]] = {
    "the bot": lambda party: party.bot,
    "the customers": lambda party: party.customer,
    "the tenant": lambda party: party.tenant,
}
DELETE = {Integration: do_delete_integration, Tenant: do_delete_tenant}


@pytest.mark.parametrize("commit_rests", [True, False])
@pytest.mark.parametrize("name", GONE)
def test_the_pipeline_stores_while_something_is_deleted(globex, name, commit_rests):
    scenes: list[Scene] = []

    def prepare() -> tuple[Any, Any]:
        found = Scene(make_tenant_fixture(f"Tenant {len(scenes)}"), globex)
        scenes.append(found)
        row = GONE[name](found.party)
        return found.committing(), lambda: DELETE[type(row)](row)

    def check() -> None:
        found = scenes[-1]
        (neighbour,) = (talk for talk in found.talks if talk not in found.mine)
        lane = PipelineLane.objects.get(pk=neighbour.pk)
        assert (lane.tries, lane.handled, lane.lease_token) == (0, lane.newest, None), "it paid for somebody else"
        if name == "the bot":  # the conversations go on without it
            check_whole(found.talks)
        else:
            check_whole([neighbour])
            gone = [talk.pk for talk in found.mine]
            for model in (Activity, Delivery, Lane, PipelineLane):
                assert not model.objects.filter(conversation__in=gone).exists()
        row = GONE[name](found.party)
        assert not type(row)._default_manager.filter(pk=row.pk).exists(), "it was not deleted"

    play(prepare, check, commit_rests)
