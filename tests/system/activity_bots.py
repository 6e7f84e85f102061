"""Bots of the Activity protocol, by their SDKs: `python -m tests.system.activity_bots NAME PORT`.

They answer by what they hear: "card", "stuck", "twice", "silent"; everything else they repeat.
"""

import sys
from typing import Any

from aiohttp import web


def microsoft_365() -> web.Application:
    """A bot of the Microsoft 365 Agents SDK, which takes anonymous calls."""
    from microsoft_agents.activity import Activity
    from microsoft_agents.hosting.aiohttp import CloudAdapter, jwt_authorization_middleware
    from microsoft_agents.hosting.core import (
        ActivityHandler,
        AgentAuthConfiguration,
        CardFactory,
        MessageFactory,
        RestChannelServiceClientFactory,
    )

    class Bot(ActivityHandler):
        """Answers messages."""

        async def on_message_activity(self, turn_context: Any) -> None:
            """One turn."""
            for found in _replies(turn_context.activity.text, MessageFactory, CardFactory, Activity):
                await turn_context.send_activity(found)

    adapter, bot = CloudAdapter(channel_service_client_factory=RestChannelServiceClientFactory(None)), Bot()  # type: ignore[arg-type]

    async def take(request: web.Request) -> web.StreamResponse:
        return await adapter.process(request, bot) or web.Response()

    app = web.Application(middlewares=[jwt_authorization_middleware])
    app["agent_configuration"] = AgentAuthConfiguration(anonymous_allowed=True)
    app.router.add_post("/api/messages", take)
    return app


def bot_builder() -> web.Application:
    """A bot of the Bot Framework's own SDK, as the emulator calls it."""
    from botbuilder.core import ActivityHandler, CardFactory, MessageFactory, TurnContext
    from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
    from botbuilder.schema import Activity

    class Bot(ActivityHandler):
        """Answers messages."""

        async def on_message_activity(self, turn_context: TurnContext) -> None:
            """One turn."""
            for found in _replies(turn_context.activity.text, MessageFactory, CardFactory, Activity):
                await turn_context.send_activity(found)

    class Settings:
        """No app: as the emulator has it."""

        APP_ID = ""
        APP_PASSWORD = ""
        APP_TYPE = "MultiTenant"
        APP_TENANTID = ""

    adapter, bot = CloudAdapter(ConfigurationBotFrameworkAuthentication(Settings())), Bot()

    async def take(request: web.Request) -> web.StreamResponse:
        return await adapter.process(request, bot) or web.Response()

    app = web.Application()
    app.router.add_post("/api/messages", take)
    return app


def _replies(text: str, messages: Any, cards: Any, activity: Any) -> list[Any]:
    if text == "card":
        module = sys.modules[activity.__module__.partition(".")[0]]
        schema = getattr(module, "schema", None) or getattr(module, "activity", module)
        button = schema.CardAction(type="openUrl", title="Shop", value="https://shop.example.com/")
        hero = schema.HeroCard(title="Tea", subtitle="Green", text="Fresh", buttons=[button])
        choice = schema.CardAction(type="imBack", title="More", value="More")
        found = messages.attachment(cards.hero_card(hero), "Look")
        return [found, messages.suggested_actions([choice], "And now?")]
    if text == "stuck":
        return ["One moment.", activity(type="event", name="handoff.initiate", value={"reason": "asked"})]
    if text == "silent":
        return []
    return [activity(type="typing"), f"You said {text}", *(["And again"] if text == "twice" else [])]


BOTS = {"microsoft-365": microsoft_365, "bot-builder": bot_builder}

if __name__ == "__main__":
    web.run_app(BOTS[sys.argv[1]](), host="127.0.0.1", port=int(sys.argv[2]))
