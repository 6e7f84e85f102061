"""F3, F17, F18, F20: what clients of the API see while processes die, and when they all write at once."""

import threading
import time
import uuid
from collections import defaultdict
from typing import Any

from tests.chaos.cluster import Cluster
from tests.chaos.ledger import Entry
from tests.chaos.oracle import Findings, judge_reader
from tests.chaos.people import Talker, said
from tests.chaos.phone import Lost, Phone
from tests.chaos.scene import Scene, scene
from tests.services import wait_until


def killed_webs(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F3: kill -9 of a web process while it is posted to; every request is repeated until it is acknowledged."""
    stage = scene(cluster, "F3").open(shops=2, conversations=6)
    done = 0
    with cluster.kept_alive(cluster.webs), stage.talk(messages, pause=0.05):
        while done < kills and any(one.is_alive() for one in stage.talkers):
            web = cluster.webs[done % 2]
            wait_until("it serves", web._is_up, 60)
            time.sleep(cluster.chance.uniform(0.2, 1.5))
            web.kill()
            done += 1
    found = stage.judge()
    found.kills = done
    stage.told(found)
    return found


def repeated_posts(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F17: each POST is sent one to five times in parallel, to both processes, and some again after a restart."""
    stage = scene(cluster, "F17").open(shops=2, conversations=8)
    found, answers, sent = Findings(), defaultdict(list), []
    lock = threading.Lock()

    def post(phone: Phone, conversation: str, text: str, key: str) -> None:
        path = f"/inbound/customer/v1/direct/activity/{conversation}"
        try:
            status, answer = phone.call("POST", path, said(text), Idempotency_Key=key)
        except Lost as fault:
            status, answer = 0, repr(fault)
        with lock:
            answers[conversation, text].append((status, answer))

    phones = [stage.phone(turn) for turn in range(5)]
    names = list(stage.conversations)
    for number in range(messages):
        one = (names[number % len(names)], f"m{number // len(names)}", uuid.uuid4().hex)
        sent.append(one)
        times = cluster.chance.randint(1, 5)
        _together([threading.Thread(target=post, args=(phones[n], *one)) for n in range(times)])
    for web in cluster.webs[:kills]:
        web.kill()
        web.start()
    for one in cluster.chance.sample(sent, len(sent) // 10):
        post(stage.phone(), *one)
    _note_answers(stage, found, answers)
    judged = stage.judge()
    judged.faults += found.faults
    judged.kills = kills
    judged.notes.append(f"{sum(map(len, answers.values()))} POSTs")
    return judged


def _together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _note_answers(stage: Scene, found: Findings, answers: dict[Any, list[tuple[int, Any]]]) -> None:
    """All answers to one message must be the same; it goes into the ledger once."""
    for (conversation, text), given in answers.items():
        statuses = {status for status, _ in given}
        found.check(statuses == {200}, f"answers with {sorted(statuses - {200})}")
        shown = {str(answer) for status, answer in given if status == 200}
        found.check(len(shown) == 1, "answers to repeats differ")
        now = time.time()
        for _, answer in [one for one in given if one[0] == 200][:1]:
            note = Entry(conversation, text, answer["eventId"], answer["interactionId"], now, now)
            stage.cluster.ledger.note(note)


def many_writers(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F18: eight writers in one conversation; a reader pages after the last eventId all the time."""
    stage = scene(cluster, "F18").open(shops=1, conversations=1)
    (conversation,) = stage.conversations
    people = [Talker(stage.phone(n), cluster.ledger, conversation, messages // 8, name=f"{n}.") for n in range(8)]
    stage.talkers += people
    with stage.reader(conversation) as reader:
        for person in people:
            person.start()
        for person in people:
            person.join(240)
    found = stage.judge()
    wanted = {entry.event_id for entry in cluster.ledger.of({conversation})}
    judge_reader(found, reader.seen, wanted, "the live reader")
    found.check(len(wanted) == found.messages, "an eventId was given out twice")
    found.check(not reader.broken, reader.broken)
    return found


def rolling_restart(cluster: Cluster, kills: int, messages: int) -> Findings:
    """F20: SIGTERM and a new start of every process, one after the other, under load."""
    stage = scene(cluster, "F20").open(shops=2, conversations=6)
    longest, codes = 0.0, set()
    rounds = max(1, kills // len(cluster.nodes))
    with stage.talk(10**6, pause=0.1) as people:
        for person in people:
            person.fresh = True
        for node in cluster.nodes * rounds:
            began = time.monotonic()
            codes.add(node.stop(45))
            longest = max(longest, time.monotonic() - began)
            node.start()
        wait_until("enough is said", lambda: sum(one.done for one in people) >= messages, 120)
        for person in people:
            person.stopping.set()
    found = stage.judge()
    found.kills = rounds * len(cluster.nodes)
    refused = sum(sum(person.refusals.values()) for person in people)
    found.check(refused == 0, f"{refused} answers of 5xx")
    found.check(sum(person.cut for person in people) == 0, "requests were cut off")
    found.check(codes == {0}, f"exit codes {sorted(codes)}")
    found.check(longest <= 30, f"an end took {longest:.1f} s")
    stage.told(found)
    found.notes.append(f"longest end {longest:.1f} s")
    return found
