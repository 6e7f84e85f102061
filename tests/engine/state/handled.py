"""What the pipeline must make of every message: in order, and a delivery for everybody whom it concerns."""

import uuid

from engine.models import Activity, Delivery
from hubster.lib import clock
from portal.models import Integration
from tests.engine.state.fixture import StateFixture
from tests.engine.state.ledger import Ledger, Page, S

Target = tuple[uuid.UUID, bool]  # destination, and whether it is an echo


def check_handled(fixture: StateFixture, ledger: Ledger) -> None:
    """Look at what was handled since the last look. To be called before anything else happens."""
    waits: set[uuid.UUID] = set()
    rows = Activity.objects.order_by("conversation", "event_id").values_list("id", "conversation", "state")
    for key, conversation, state in rows:
        if state != Activity.State.PROCESSED:
            assert state == Activity.State.ACCEPTED
            waits.add(conversation)
            continue
        assert conversation not in waits, "handled before an earlier one"
        if key not in ledger.handled:
            _write_down(fixture, ledger, Activity.objects.select_related("conversation").get(pk=key))


def _write_down(fixture: StateFixture, ledger: Ledger, activity: Activity) -> None:
    """A page for each of its deliveries."""
    rows = list(Delivery.objects.filter(activity=activity))
    found = {(row.destination_id, row.echo) for row in rows}
    assert found == _concerned(fixture, activity), "not for everybody whom it concerns, or for others"
    hooks = {hook.id for hook in fixture.hooks}
    for row in rows:
        lane = (str(row.conversation_id), str(row.destination_id))
        status = S.PENDING if row.destination_id in hooks else S.AVAILABLE
        ledger.pages[str(row.id)] = Page(lane, activity.event_id, row.echo, status, clock.now())
    ledger.handled.add(activity.id)


def _concerned(fixture: StateFixture, activity: Activity) -> set[Target]:
    """The other side, the observers, and its sender when it wants an echo, if they are active now."""
    hub = activity.conversation.hub_id
    active = set(Integration.objects.filter(hub=hub, status=Integration.Status.ACTIVE).values_list("pk", flat=True))
    here = [end for end in fixture.ends if end.id in active]
    found = {(end.id, False) for end in here if end.type == "System"}
    if activity.sender_type == "Customer":
        return found | {(end.id, False) for end in here if end.type == "Agent"}
    found.add((activity.conversation.integration_id, False))
    return found | {(end.id, True) for end in here if end.id == activity.sender_integration_id}
