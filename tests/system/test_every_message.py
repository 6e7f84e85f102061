"""Every documented message and event over real sockets and a real webhook, field for field."""

import pytest

from tests.engine.test_message_delivery import ALL, enriched
from tests.system.listeners import Listener, SignalR


@pytest.mark.parametrize("listener", [Listener, SignalR])
def test_a_customers_socket_gets_every_documented_example(live, account, shop, listener):
    conversation = shop.conversation()
    with listener(live.other, account.token, shop.customer, conversation) as customer:
        for kind, node in ALL.values():
            body = {kind: node, "sender": {"integrationId": shop.agent}}
            account.done("POST", f"/inbound/business/v1/direct/activity/{conversation}", body)
        for name, (kind, node) in ALL.items():
            assert customer.next()[kind] == enriched(node), name


def test_a_customers_webhook_gets_every_documented_example(account, shop, hooks):
    customer = shop.add("Direct", integrationType="Customer", webhookUrl=hooks.url())["integrationId"]
    conversation = shop.conversation(customer)
    told = [(kind, node) for kind, node in ALL.values() if not node["type"].startswith("typing")]
    for kind, node in told:
        body = {kind: node, "sender": {"integrationId": shop.agent}}
        account.done("POST", f"/inbound/business/v1/direct/activity/{conversation}", body)
    for call, (kind, node) in zip(hooks.wait(len(told)), told, strict=True):
        assert call.payload["activity"][kind] == enriched(node)
