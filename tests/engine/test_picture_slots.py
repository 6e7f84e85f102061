"""Pictures are read one at a time, and those of one visitor or tenant do not stop the others'."""

from contextlib import ExitStack
from uuid import uuid4

import pytest

from engine.files import picture_slots
from engine.files.picture_slots import Busy, picture_slot
from tests.engine import file_samples as samples
from tests.engine.file_samples import Visitor
from tests.two_tenants import codes_of, snapshot


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(picture_slots, "PATIENCE", 0.01)


def waiting(tenant, visitor: str = "") -> ExitStack:
    """A picture that waits for its turn, until this is closed."""
    slots = ExitStack()
    if visitor:
        slots.enter_context(picture_slots._slot(visitor, picture_slots.OF_VISITOR, "visitor"))
    slots.enter_context(picture_slots._slot(f"tenant:{tenant}", picture_slots.OF_TENANT, "tenant"))
    return slots


def refusal(answer) -> str:
    """The text of a picture's 429."""
    assert (answer.status_code, codes_of(answer)) == (429, ["ENG000107"])
    assert int(answer["Retry-After"]) > 0
    return answer.json()["errors"][0]["description"]


def test_a_picture_that_finds_no_turn_is_to_come_again(pair):
    visitor = Visitor(pair.acme)
    before = snapshot()
    with picture_slots._reading:
        assert "Too many pictures" in refusal(visitor.upload(samples.picture(), "a.png"))
        assert snapshot() == before
        assert visitor.upload(samples.PDF, "a.pdf").status_code == 200, "what is no picture needs no turn"
    assert visitor.upload(samples.picture(), "a.png").status_code == 200


def test_the_pictures_of_a_tenant_that_wait_do_not_stop_another_tenants(pair):
    acme, globex = Visitor(pair.acme), Visitor(pair.globex)
    before = snapshot()
    with waiting(pair.acme.tenant.id), waiting(pair.acme.tenant.id):
        assert "2 pictures of this tenant" in refusal(acme.upload(samples.picture(), "a.png"))
        assert snapshot() == before
        assert globex.upload(samples.picture(), "a.png").status_code == 200
        assert acme.upload(samples.PDF, "a.pdf").status_code == 200
    assert acme.upload(samples.picture(), "a.png").status_code == 200


def test_a_visitor_sends_one_picture_after_the_other(pair):
    one, other = Visitor(pair.acme), Visitor(pair.acme)
    seen = []
    taken = picture_slots._slot

    def note(name, *rest):
        seen.append(name)
        return taken(name, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture_slots, "_slot", note)
        assert one.upload(samples.picture(), "a.png").status_code == 200
    with waiting(pair.acme.tenant.id, seen[0]):
        assert "Send the next one when it has arrived" in refusal(one.upload(samples.picture(), "a.png"))
        assert other.upload(samples.picture(), "a.png").status_code == 200


def test_an_agent_has_the_tenants_share_only():
    tenant = uuid4()
    with waiting(tenant), picture_slot(tenant, ""):
        assert picture_slots._limit.taken == {f"tenant:{tenant}": 2}


def test_whatever_becomes_of_a_picture_its_places_are_free_again():
    tenant = uuid4()
    with pytest.raises(ValueError, match="damaged"), picture_slot(tenant, "visitor:1"):
        raise ValueError("damaged")
    with picture_slots._reading, pytest.raises(Busy), picture_slot(tenant, "visitor:1"):
        pass
    with waiting(tenant), waiting(tenant), pytest.raises(Busy), picture_slot(tenant, "visitor:1"):
        pass
    assert not picture_slots._limit.taken
    with picture_slot(tenant, "visitor:1"):
        assert not picture_slots._reading.acquire(blocking=False)
