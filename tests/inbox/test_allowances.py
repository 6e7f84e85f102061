"""LINE's monthly allowance: asked for by a job, shown on the integration's page, told of once when most is used."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from engine.actions import allowances
from engine.jobs.allowances_asked import run
from engine.models import MonthlyAllowance, Notice
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure
from portal.models import Integration
from tests.adapters.provider_peer import answer
from tests.inbox import test_line as lines

line, account = lines.line, lines.account
QUOTA, USED = "GET /v2/bot/message/quota", "GET /v2/bot/message/quota/consumption"


@pytest.fixture
def asks(line, account, monkeypatch):
    """Asks as the job does, an hour after the last time."""
    monkeypatch.setattr(allowances, "send", line)
    later = iter(range(1, 100))

    def ask(quota: Any, used: Any) -> MonthlyAllowance | None:
        line.answers |= {QUOTA: quota, USED: used}
        line.asked.clear()
        with time_machine.travel(clock.now() + timedelta(hours=2 * next(later)), tick=False):
            assert sum(run()) == 1
            assert sum(run()) == 0, "not asked again within the hour"
        return MonthlyAllowance.objects.filter(pk=account.pk).first()

    return ask


def limited(most: int) -> Any:
    return answer({"type": "limited", "value": most})


def usage(count: int) -> Any:
    return answer({"totalUsage": count})


def shown(party, row) -> dict[str, Any]:
    answer = party.browser("manager").get(f"/admin/portal/integration/{row.pk}/connection/checks/")
    return {check.key: check for check in answer.context_data["checks"]}


def test_line_is_asked_with_the_token_and_the_page_shows_what_it_said(asks, account, acme, line):
    assert "allowance" not in shown(acme, account)
    found = asks(limited(500), usage(123))
    assert (found.most, found.used, found.percent) == (500, 123, 24)
    assert [request.headers["Authorization"] for request in line.asked] == [f"Bearer {lines.TOKEN}"] * 2
    check = shown(acme, account)["allowance"]
    assert (check.tone, check.title) == ("good", "Messages this month: 123 of 500")
    assert not Notice.objects.exists()


def test_the_owner_is_warned_once_a_month(asks, account, acme):
    for used in (399, 400, 450, 499):
        asks(limited(500), usage(used))
        assert Notice.objects.count() == (used >= 400)
    notice = Notice.objects.get()
    assert (notice.kind, notice.tenant_id, notice.count) == (Notice.Kind.ALLOWANCE_LOW, acme.tenant.pk, 1)
    assert "has used 400 of the 500 messages that LINE allows this month" in notice.text
    assert shown(acme, account)["allowance"].tone == "bad"
    asks(limited(500), usage(0))  # the next month
    asks(limited(500), usage(460))
    assert Notice.objects.count() == 2


def test_what_is_used_up_is_told_in_plain_words(asks, account, acme):
    asks(limited(500), usage(500))
    check = shown(acme, account)["allowance"]
    assert (check.tone, check.title) == ("bad", "Messages this month: 500 of 500")
    assert "Until next month only replies within a minute are sent." in check.more


def test_an_account_without_a_limit_is_never_warned_of(asks, account, acme):
    assert asks(answer({"type": "none"}), usage(10**6)).most is None
    assert shown(acme, account)["allowance"].title == "Messages this month: 1000000, without a limit"
    assert asks(limited(0), usage(0)).percent == 100
    assert Notice.objects.count() == 1


@pytest.mark.parametrize("fault", [
    answer({"message": "Unauthorized"}, 401), answer(status=500), answer(b"<html>"), answer({"type": "limited"}),
    answer({"type": "limited", "value": "many"}), answer(b'{"type": "limited", "value": 1e999}'),
    answer({"type": "limited", "value": 10**30}), answer({"type": "limited", "value": -1}),
])  # fmt: skip
def test_a_line_that_does_not_say_changes_nothing_and_is_asked_later(asks, account, acme, fault):
    asks(limited(500), usage(123))
    found = asks(fault, usage(200))
    assert (found.most, found.used) == (500, 123)
    assert shown(acme, account)["allowance"].at == found.told < found.asked


def test_only_active_accounts_of_line_are_asked_for(account, acme, line, monkeypatch):
    monkeypatch.setattr(allowances, "send", line)
    Integration.objects.filter(pk=account.pk).update(status=Integration.Status.PAUSED)
    assert sum(run()) == 0


def test_a_line_that_does_not_answer_is_left_alone_until_the_next_run(account, acme, line, monkeypatch):
    monkeypatch.setattr(allowances, "send", line)
    second = Integration.objects.create(
        hub=acme.hub, type="Customer", channel="Line", name="Second", configuration=account.configuration
    )
    line.answers |= {QUOTA: ConnectFailure("No answer."), USED: usage(1)}
    line.asked.clear()
    assert (sum(run()), len(line.asked)) == (0, 1)
    line.answers[QUOTA] = limited(500)
    assert sum(run()) == 2
    assert set(MonthlyAllowance.objects.values_list("integration", flat=True)) == {account.pk, second.pk}


def test_an_account_that_is_deleted_meanwhile_is_passed_over(account, line, monkeypatch):
    row = Integration.objects.get(pk=account.pk)
    account.delete()
    allowances.do_note_allowance(row, None)
    assert not MonthlyAllowance.objects.exists()
