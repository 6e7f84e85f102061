"""Ordinary ends and starts: SIGTERM under load is quick and clean, a second start keeps everything."""

import signal
import socket
import threading
import time
import uuid
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import requests

from tests.services import wait_until
from tests.system.account import Account, texts
from tests.system.listeners import Listener, SignalR

TERMS = {"embedded": 15, "services": 4}
TALKERS = 3


def body(text: str) -> dict[str, Any]:
    """A message."""
    return {"message": {"type": "text", "text": text}}


def test_a_second_start_keeps_the_data(live, account, shop):
    conversation = shop.conversation()
    shop.say(conversation, "kept")
    for node in live.nodes:
        assert node.stop() == 0
    live.revive()
    assert texts(shop.activities(conversation)) == ["kept"]
    assert account.obtain("engine", "demo-engine-secret")
    with Listener(live.base, account.token, shop.agent, leid=0) as agent:
        assert texts([agent.next()]) == ["kept"]


@contextmanager
def load(base: str, account: Account, shop, conversation: str):
    """Sockets of both kinds stay open and several customers talk, whatever the answers."""
    stopping = threading.Event()
    path = f"{base}/inbound/customer/v1/direct/activity/{conversation}"
    headers = {"Authorization": f"Bearer {account.token}"}

    def talk() -> None:
        with requests.Session() as session:
            while not stopping.is_set():
                try:
                    session.post(path, json=body("load"), headers=headers, timeout=20)
                except requests.RequestException:
                    time.sleep(0.1)  # the process is gone

    threads = [threading.Thread(target=talk, daemon=True) for _ in range(TALKERS)]
    with ExitStack() as sockets:
        for _ in range(3):
            sockets.enter_context(Listener(base, account.token, shop.agent))
            sockets.enter_context(SignalR(base, account.token, shop.customer, conversation))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stopping.set()
            for thread in threads:
                thread.join(30)


def test_sigterm_ends_a_web_process_within_half_a_minute_and_cleanly_while_it_is_busy(live, account, shop, hooks):
    shop.watched_by(hooks.url())
    web = live.webs[0]
    for n in range(5):  # endpoints that hang at the moment of the end
        hanging = account.shop()
        hanging.watched_by(hooks.url(f"/hang/{n}"))
        hanging.say(hanging.conversation(), "stuck")
    for turn in range(TERMS[live.kind]):
        with load(web.base, account, shop, shop.conversation()):
            calls = len(hooks.of())
            # Deliveries are under way. An end that left its leases behind would hold them up for longer than this.
            hooks.wait(calls + 1, seconds=5)
            began = time.monotonic()
            code = web.stop(30)
            seconds = time.monotonic() - began
        assert (code, seconds < 30) == (0, True), f"turn {turn}: {seconds:.1f} s"
        web.start()


def test_sigterm_ends_a_worker_cleanly(live, shop, hooks):
    shop.watched_by(hooks.url())
    conversation = shop.conversation()
    shop.say(conversation, "before")
    hooks.wait(1)
    assert live.worker.stop(30) == 0
    live.worker.start()
    shop.say(conversation, "after")
    assert [call.text for call in hooks.wait(2)] == ["before", "after"]


class Cutter:
    """Customers that talk without pause and note what was answered with 200, with an error, and not at all."""

    def __init__(self, base: str, account: Account, conversation: str, kept_open: bool) -> None:
        self.url = f"{base}/inbound/customer/v1/direct/activity/{conversation}"
        self.headers = {"Authorization": f"Bearer {account.token}"}
        self.kept_open, self.stopping = kept_open, threading.Event()
        self.good, self.errors, self.unanswered = [], [], []
        self.threads = [threading.Thread(target=self.talk, daemon=True) for _ in range(TALKERS)]

    def talk(self) -> None:
        session = requests.Session()
        while not self.stopping.is_set():
            text = uuid.uuid4().hex
            try:
                answer = session.post(self.url, json=body(text), headers=self.headers, timeout=20)
            except requests.ConnectionError:
                self.unanswered.append(text)
                return
            (self.good if answer.status_code == 200 else self.errors).append(text)
            if not self.kept_open:
                session.close()


def test_all_who_have_knocked_when_the_door_closes_are_answered(live):
    web = live.webs[0]
    web.process.send_signal(signal.SIGSTOP)  # so that several knock between two looks
    callers = [socket.create_connection(("127.0.0.1", web.port), 20) for _ in range(60)]
    for caller in callers:
        caller.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    web.process.send_signal(signal.SIGTERM)
    web.process.send_signal(signal.SIGCONT)
    assert [caller.recv(12) for caller in callers] == [b"HTTP/1.1 200"] * 60
    for caller in callers:
        caller.close()
    assert web.stop(25) == 0
    web.start()


@pytest.mark.parametrize("kept_open", [False, True], ids=["a connection each", "connections kept open"])
def test_no_request_is_cut_off_by_the_end_of_its_process(live, account, shop, kept_open):
    web = live.webs[0]
    conversation = shop.conversation()
    talkers = Cutter(web.base, account, conversation, kept_open)
    for thread in talkers.threads:
        thread.start()
    wait_until("the customers talk", lambda: len(talkers.good) > 10)
    assert web.stop(25) == 0
    talkers.stopping.set()
    for thread in talkers.threads:
        thread.join(30)
    assert talkers.errors == []
    web.start()
    stored = texts(shop.activities(conversation))
    assert sorted(stored) == sorted(talkers.good), "what was not answered came too late to be read at all"
