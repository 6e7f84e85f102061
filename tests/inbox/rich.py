"""A toy channel whose configuration has every kind of property that a form can show, and one that none can."""

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field

from engine.adapters import Provider
from engine.adapters._connecting import Connected
from engine.adapters._start import StartMessages
from tests.inbox.toy import Toy


class Config(StartMessages):
    """All kinds of properties."""

    token: str = Field(
        min_length=1, title="Access token", description="Copy it from the <console>.",
        json_schema_extra={"link": "https://rich.example.com/console"},
    )  # fmt: skip
    app_secret: str | None = Field(default=None, title="App secret", description="Only with an app of your own.")
    region: Literal["eu", "us"] = Field(
        default="eu", title="Region", json_schema_extra={"labels": {"eu": "Europe", "us": "United States"}}
    )
    limit: int | None = Field(default=None, title="Daily limit", ge=1)
    loud: bool = Field(default=False, title="Loud")
    words: list[str] | None = Field(default=None, title="Words")
    extra: dict[str, str] | None = None
    webhook_name: str | None = None
    handle: str | None = Field(default=None, description="Set by the server.", json_schema_extra={"readOnly": True})


class Rich(Toy):
    """The toy with more to fill in."""

    name = "Rich"
    title = "Rich chat"
    sentence = "Customers write to your rich account."
    icon = "diamond"
    number = 992
    config = Config
    secret_keys = ("token", "appSecret", "hookSecret")
    api_version = "7.1"
    api_ends: ClassVar[date | None] = None

    def chat_link(self, config: dict[str, Any]) -> str:
        return f"https://rich.example.com/{config['handle']}"

    def connect(self, config: dict[str, Any], hook: str, ask: Any, check: Any) -> Connected:
        found = super().connect(config, hook, ask, check)
        more = {"hookSecret": "made-by-us-123", "handle": "teashop"}
        return Connected(found.account, {**config, **more}, "Rich chat knows you as teashop.")


RICH: Provider = Rich()
