"""The page of the periodic jobs: how each is doing, for operators only, and a button that has one run now."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from engine import jobs
from engine.admin.jobs import lines, state_of
from engine.admin.words import period, span
from engine.jobs import Periodic, all_jobs
from engine.jobs.runs import this_process
from engine.models import Job
from hubster.lib import clock
from portal.admin.audit_words import action_words
from portal.models import AuditEntry, User
from tests.background import do_jobs

pytestmark = pytest.mark.usefixtures("still")

PAGE = "/admin/jobs"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def works():
    yield 1_234


@pytest.fixture
def operator(db):
    person = User.objects.create(username="root", is_staff=True, is_superuser=True)
    browser = Browser()
    browser.force_login(person)
    return browser


@pytest.fixture(autouse=True)
def two_jobs(monkeypatch):
    """Two that do nothing, in place of the product's."""
    found = {name: Periodic(name, HOUR, works, f"Does {name}.") for name in ("clean", "tidy")}
    monkeypatch.setattr(jobs, "all_jobs", lambda: found)
    monkeypatch.setattr("engine.admin.jobs.all_jobs", lambda: found)


def row(name="clean", **values) -> Job:
    now = clock.now()
    usual = {"due": now + HOUR, "started": now - MINUTE, "ended": now - MINUTE + timedelta(seconds=2)}
    return Job.objects.create(name=name, **{**usual, **values})


def shown(browser, url=PAGE) -> str:
    return browser.get(url).content.decode()


# --- what it tells --------------------------------------------------------------------------------------------
def test_it_tells_of_each_job_what_it_does_and_how_its_last_run_went(operator):
    row(handled=4_711)
    text = shown(operator)
    for fact in ("clean", "Does clean.", "every hour", "took 2.0 s", "4,711", "Healthy", "Does tidy.", "Not run yet"):
        assert fact in text, fact


def test_a_real_run_is_told(operator):
    do_jobs()
    text = shown(operator)
    assert text.count("Healthy") == 2
    assert text.count("1,234") == 2
    assert "Failing" not in text


def test_every_job_has_a_sentence():
    for job in all_jobs().values():
        assert str(job.purpose).endswith("."), job.name
        assert "`" not in str(job.purpose)


def states() -> dict[str, dict]:
    now = clock.now()
    return {
        "well": {},
        "failing": {"error": "ValueError. The worker's log has the details.", "failed": now},
        "running": {"holder": "web, process 7", "due": now, "lease_until": now + MINUTE},
        "due": {"due": now - timedelta(seconds=5)},
        "overdue": {"due": now - 2 * MINUTE},
    }


@pytest.mark.parametrize("state", states())
def test_each_state_is_told_apart(operator, state):
    found = row(**states()[state])
    assert state_of(found, clock.now()) == state
    (line,) = [line for line in lines(clock.now()) if line.job.name == "clean"]
    assert str(line.words.text) in shown(operator)
    assert (reverse("job_run", args=["clean"]) in shown(operator)) == (state in ("well", "failing"))


def test_a_failing_and_an_overdue_job_are_said_above_and_counted_in_the_sidebar(operator):
    row(**states()["failing"])
    row("tidy", **states()["overdue"])
    text = shown(operator)
    assert "1 job is overdue" in text
    assert "1 job failed" in text
    assert "ValueError. The worker" in text
    badges = [item.get("badge") for group in operator.get("/admin/").context["sidebar_navigation"]
              for item in group["items"] if item["title"] == "Jobs"]  # fmt: skip
    assert badges == ["2"]


def test_who_runs_it_is_told_and_for_how_long(operator):
    with time_machine.travel(clock.now(), tick=False):
        now = clock.now()
        row(holder="web, process 7", due=now, lease_until=now + MINUTE, started=now - timedelta(seconds=90))
        text = shown(operator)
    assert "by web, process 7" in text
    assert "1 min 30 s so far" in text


def test_a_run_has_its_holder_from_beginning_to_end(operator, monkeypatch):
    seen = []

    def looks():
        found = Job.objects.get()
        seen.append((found.holder, state_of(found, clock.now())))
        yield 1

    monkeypatch.setattr(jobs, "all_jobs", lambda: {"clean": Periodic("clean", HOUR, looks)})
    do_jobs()
    assert seen == [(this_process(), "running")]
    found = Job.objects.get()
    assert (found.holder, found.failed) == ("", None)


def test_a_run_that_breaks_off_has_its_time_and_no_holder(db, monkeypatch):
    def broken():
        raise ValueError
        yield

    monkeypatch.setattr(jobs, "all_jobs", lambda: {"clean": Periodic("clean", HOUR, broken)})
    do_jobs()
    found = Job.objects.get()
    assert found.failed
    assert (found.holder, found.ended) == ("", None)
    (line,) = [line for line in lines(clock.now()) if line.job.name == "clean"]
    assert (line.state, line.ended) == ("failing", found.failed)


def test_a_job_whose_process_died_is_due_then_overdue(db):
    found = row(holder="web, process 7", due=clock.now(), lease_until=clock.now() + MINUTE)
    with time_machine.travel(clock.now() + MINUTE + timedelta(seconds=5), tick=False):
        assert state_of(found, clock.now()) == "due"
    with time_machine.travel(clock.now() + 3 * MINUTE, tick=False):
        assert state_of(found, clock.now()) == "overdue"


def test_the_page_takes_the_same_number_of_queries_however_it_stands(operator, django_assert_max_num_queries):
    row(**states()["failing"])
    with django_assert_max_num_queries(9):
        operator.get(PAGE)


@pytest.mark.parametrize(
    ("length", "words"),
    [(timedelta(milliseconds=3), "3 ms"), (timedelta(seconds=59.94), "59.9 s"), (timedelta(seconds=200), "3 min 20 s"),
     (timedelta(hours=5, minutes=2), "5 h"), (-MINUTE, "0 ms")],
)  # fmt: skip
def test_lengths_in_words(length, words):
    assert span(length) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (HOUR, "every hour"),
        (6 * HOUR, "every 6 hours"),
        (10 * MINUTE, "every 10 minutes"),
        (timedelta(days=1), "every day"),
        (90 * MINUTE, "every 90 minutes"),
    ],
)
def test_periods_in_words(length, words):
    assert period(length) == words


# --- running one now ------------------------------------------------------------------------------------------
def test_the_button_asks_first_and_changes_nothing_before(operator):
    before = row().due
    text = shown(operator, reverse("job_run", args=["clean"]))
    assert "Run clean now?" in text
    assert "Does clean." in text
    assert Job.objects.get().due == before


def test_once_confirmed_the_next_sweep_runs_it_and_the_audit_log_tells_who_asked(operator):
    row()
    answer = operator.post(reverse("job_run", args=["clean"]), follow=True)
    assert "will run within seconds" in answer.content.decode()
    entry = AuditEntry.objects.get(action="job.started")
    assert (entry.actor_name, entry.object_id, entry.tenant_id) == ("root", "clean", None)
    assert set(entry.before) == set(entry.after) == {"nextRun"}
    do_jobs()
    found = Job.objects.get(name="clean")
    assert found.handled == 1_234
    assert found.due - found.ended == HOUR


def test_the_entry_has_words_and_a_page(operator):
    row()
    operator.post(reverse("job_run", args=["clean"]))
    entry = AuditEntry.objects.get(action="job.started")
    assert action_words(entry.action) == "Ran job"
    assert "Next run" in shown(operator, reverse("admin:portal_auditentry_change", args=[entry.pk]))


@pytest.mark.parametrize("state", ["running", "due", "overdue"])
def test_what_runs_or_is_due_is_left_alone(operator, state):
    before = row(**states()[state]).due
    answer = operator.post(reverse("job_run", args=["clean"]), follow=True)
    assert "Nothing changed: " in answer.content.decode()
    assert Job.objects.get().due == before
    assert not AuditEntry.objects.filter(action="job.started").exists()


def test_a_job_that_no_sweep_has_seen_yet_is_due_anyhow(operator):
    assert "Nothing changed: " in operator.post(reverse("job_run", args=["tidy"]), follow=True).content.decode()


def test_a_job_that_is_not_there_is_not_found(operator):
    row("gone")
    for call in (operator.get, operator.post):
        assert call(reverse("job_run", args=["gone"])).status_code == 404


# --- who may --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["owner", "manager", "agent"])
def test_business_staff_neither_see_nor_run_jobs(acme, role):
    before = row().due
    browser, button = acme.browser(role), reverse("job_run", args=["clean"])
    assert [browser.get(PAGE).status_code, browser.get(button).status_code] == [403, 403]
    assert browser.post(button).status_code == 403
    assert Job.objects.get().due == before
    assert f'href="{PAGE}"' not in shown(browser, "/admin/")


def test_whoever_is_signed_out_signs_in(client, db):
    for url in (PAGE, reverse("job_run", args=["clean"])):
        assert client.get(url)["Location"].startswith("/admin/login/")


def test_a_post_needs_its_token(operator, db):
    row()
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="root"))
    assert strict.post(reverse("job_run", args=["clean"])).status_code == 403
    assert strict.put(reverse("job_run", args=["clean"])).status_code in (403, 405)
    assert operator.post(PAGE).status_code == 405


def test_the_page_needs_no_script(operator):
    row()
    text = shown(operator)
    main = text[text.index('id="jobs-title"') :]
    main = main[: main.index("</table>")]
    for word in ("<script", "onclick", "style="):
        assert word not in main
