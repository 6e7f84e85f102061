"""A visitor of the widget cannot send the platform's own events."""

import pytest
from rest_framework.test import APIClient

from tests.two_tenants import codes_of, webchat_token


@pytest.mark.parametrize("name", ["hubster.transfer", "HUBSTER.handover", "hubster.new"])
def test_events_of_the_platform_are_refused(acme, name):
    visitor = APIClient()
    visitor.credentials(HTTP_AUTHORIZATION=f"WebBearer {webchat_token(acme)}")
    opening = {"integrationId": str(acme.webchat.id), "channelType": "WebChat", "binding": "b"}
    talk = visitor.post("/api/v1/conversations/establish", opening, format="json").json()["conversationId"]
    event = {"type": "payload", "payloadType": name, "payload": {"url": "https://shop.example.com"}}
    answer = visitor.post(f"/inbound/customer/v1/web-chat/{talk}", {"event": event}, format="json")
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG005002"])
    own = {"type": "payload", "payloadType": "shop.cart", "payload": {}}
    assert visitor.post(f"/inbound/customer/v1/web-chat/{talk}", {"event": own}, format="json").status_code == 200
