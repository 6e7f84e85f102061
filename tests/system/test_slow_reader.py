"""A client that stops reading its socket: it is closed, the server queues little for it, others notice nothing."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import live as living
from tests.services import NotHere, free_port, wait_until
from tests.system.account import Account, texts
from tests.system.listeners import END, Listener, SignalR
from tests.system.stalled import HUB, PING, PLAIN, REST, TEXT, Stalled, framed

COUNT, LONG = 300, "x" * 19_000  # 6 MB; the kernel's own buffers take less than 3 of them
CLOSED = "a client that takes nothing is closed"


LAUNCHER = ["-m", "tests.chaos.launcher"]


class Serving:
    """A process that serves sockets, and where HTTP is served."""

    def __init__(self, http, node) -> None:
        self.base, self.sockets = http.base, node.base
        self.output, self.stop, self.start = node.output, node.stop, node.start


@pytest.fixture(scope="module", params=["demo", "sockets"])
def node(request, tmp_path_factory):
    """A process that gives its sockets' clients one second: the single one, and production's for sockets, with six.

    There the kernel takes larger pieces at once, and asks for the next only when most of it has gone.
    """
    if request.param == "sockets":
        try:
            with living.split(*LAUNCHER, "patience=6") as split:
                yield Serving(split.http, split.sockets)
        except NotHere as missing:
            pytest.skip(f"{missing} is not installed")
        return
    folder, port = tmp_path_factory.mktemp("slow"), free_port()
    made = living.Node(
        "slow", [*LAUNCHER, "patience=1", "manage.py", "demo"], living.environment(folder, port), folder / "log", port
    )
    made.start()
    yield Serving(made, made)
    made.stop(10)


@pytest.fixture(scope="module")
def history(node):
    """A hub with more history than fits into a connection."""
    shop = Account(node.base).shop()
    conversation = shop.conversation()
    assert shop.account.token
    with ThreadPoolExecutor(4) as people:
        list(people.map(lambda n: shop.say(conversation, f"{n} {LONG}"), range(COUNT)))
    wait_until("all is there", lambda: len(shop.activities(conversation, "Agent")) == COUNT, 60, every=0.5)
    return shop, conversation


def closed(node) -> int:
    return node.output().count(CLOSED)


def test_a_client_that_stops_reading_is_closed_with_a_code_that_means_resume_and_can(node, history):
    shop, _ = history
    before = closed(node)
    with Stalled(node.sockets, shop.account.token, shop.agent) as stalled:
        wait_until("it is given up", lambda: closed(node) > before, 15, every=0.02)
        heard, code = stalled.read_on()
    assert code == 4408
    assert len(heard) < COUNT - 100, "everything was queued for a client that took nothing"
    with Listener(node.sockets, shop.account.token, shop.agent, leid=heard[-1]["eventId"]) as again:
        heard += again.take(COUNT - len(heard))
        assert again.silent()
    events = [activity["eventId"] for activity in heard]
    assert events == sorted(set(events))
    assert len(events) == COUNT


def test_others_hear_what_is_said_while_it_stalls(node, history):
    shop, conversation = history
    with (
        Listener(node.sockets, shop.account.token, shop.agent, conversation) as plain,
        SignalR(node.sockets, shop.account.token, shop.agent, conversation) as signalr,
        Stalled(node.sockets, shop.account.token, shop.agent),
    ):
        receipt = shop.say(shop.conversation(), "elsewhere") and shop.reply(conversation, "here")
        assert shop.say(conversation, "now")["eventId"] > receipt["eventId"]
        assert texts([plain.next()]) == texts([signalr.next()]) == ["now"]


def test_a_client_that_reads_slowly_gets_everything(node, history):
    shop, _ = history
    before = closed(node)
    with Stalled(node.sockets, shop.account.token, shop.agent) as slow:
        heard = slow.take(COUNT, pause=0.004)
    events = [activity["eventId"] for activity in heard if activity["message"]["text"].endswith(LONG)]
    assert len(events) == COUNT
    assert events == sorted(set(events))
    assert closed(node) == before


def test_one_that_stalls_does_not_hold_up_the_end_of_the_process(node, history):
    shop, _ = history
    with Stalled(node.sockets, shop.account.token, shop.agent):
        assert node.stop() == 0
    node.start()


def test_one_that_sends_too_much_is_closed_with_a_code(node, history):
    shop, _ = history
    with Listener(node.sockets, shop.account.token, shop.agent) as loud:
        loud.link.send("x" * 70_000)
        assert loud.end()[1] == 4429


def test_who_asks_and_does_not_read_the_answers_is_read_no_further_and_closed(node, history):
    shop, _ = history
    before, call = closed(node), '{"type":1,"invocationId":"1","target":"x"}' + END
    asked = framed(TEXT, (call * 1_500).encode()) * 190  # 12 MB, in fewer frames than one may send
    with Stalled(node.sockets, shop.account.token, shop.agent, leid=1 << 50, path=HUB) as stalled:
        stalled.push(framed(TEXT, ('{"protocol":"json","version":1}' + END).encode()))
        taken, sent = 0, 0
        while closed(node) == before and taken < len(asked):
            sent = stalled.push(asked[taken:])
            taken += sent
            time.sleep(0 if sent else 0.02)
        wait_until("it is given up", lambda: closed(node) > before, 15, every=0.02)
        code = stalled.read_on()[1]
    assert code == 4408
    assert stalled.heard.count(b"Unknown hub method") < 190 * 1_500 / 2, "everything was answered in memory"


@pytest.mark.parametrize(
    "frame", [framed(PING, b"x" * 125), framed(REST, b"", end=False)], ids=["pings", "empty fragments"]
)
@pytest.mark.parametrize("path", [HUB, PLAIN])
def test_frames_that_the_application_never_sees_count_too(node, history, frame, path):
    shop, _ = history
    with Stalled(node.sockets, shop.account.token, shop.agent, leid=1 << 50, path=path) as loud:
        loud.push(framed(TEXT, b"", end=False) if frame[0] == REST else b"")
        loud.push(frame * 250)
        assert loud.read_on()[1] == 4429


def test_too_many_messages_close_the_socket(node, history):
    shop, _ = history
    with Stalled(node.sockets, shop.account.token, shop.agent, leid=1 << 50) as loud:
        loud.push(framed(TEXT, b"x") * 250)
        assert loud.read_on()[1] == 4429
