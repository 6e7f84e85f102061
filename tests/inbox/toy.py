"""A channel that exists only here: whatever a provider may send or answer, in the plainest JSON."""

import hmac
import json
from typing import Any

from engine.adapters import Provider, Rendered, SendError, Sent, _errors
from engine.adapters._base import Choice
from engine.adapters._connecting import Connected, Refused
from engine.adapters._inbound import Blocked, Control, Media, Moved, Person, Receipt, Said, Standby, Unknown, Unverified
from engine.adapters._outcomes import Rule
from engine.adapters._start import StartMessages
from engine.adapters._windows import Window
from hubster.lib.http import Answer, Outgoing

ERRORS = {
    "blocked": Rule("The customer blocked you.", scope="recipient", stops=True),
    "token": Rule("The token is dead. Give a new one.", scope="account", pauses=True),
    "slow": Rule("Too many messages.", retryable=True, scope="account", retry_after=600),
    "closed": Rule("The window is closed.", scope="recipient", window_closed=True),
    "bad": Rule("The message is not allowed.", scope="message"),
}


class Config(StartMessages):
    """One secret."""

    token: str


class Toy(Provider):
    """Requests are signed by their token, things are objects with their own names."""

    name = "Toy"
    number = 990
    types = ("Customer",)
    config = Config
    secret_keys = ("token",)
    api_setting = "HUBSTER_TOY_API"
    windows = (Window(3_600), Window(86_400, frozenset({"human"}), "LATE"))

    def connect(self, config: dict[str, Any], hook: str, ask: Any, check: Any) -> Connected:
        found = ask(Outgoing("GET", f"{self.api}/me", {"Authorization": config["token"]}))
        if found.status != 200:
            raise Refused("token", "is not known. Copy it again.")
        heard = json.loads(found.body)
        if "refuses" in heard:
            raise Refused("token", heard["refuses"])
        account = heard["account"]
        check(account)
        ask(Outgoing("POST", f"{self.api}/hook", {"Authorization": config["token"]}, hook.encode()))
        return Connected(account, config, heard.get("says", ""))

    def disconnect(self, config: dict[str, Any], ask: Any) -> None:
        ask(Outgoing("DELETE", f"{self.api}/hook", {"Authorization": config["token"]}))

    def verify(self, config, request):
        if not hmac.compare_digest(request.headers.get("x-token", ""), config["token"]):
            raise Unverified("wrong token")

    def parse(self, config, body):
        return [_thing(item) for item in json.loads(body)["things"]]

    def fetch(self, config, ref, answers):
        return None if answers else Outgoing("GET", f"{self.api}/files/{ref['id']}")

    def profile(self, config, who, answers):
        if not answers:
            return Outgoing("GET", f"{self.api}/people/{who.value}")
        self.outcome(answers[-1])
        return json.loads(answers[-1].body)["profile"]

    def render(self, config, envelope):
        message = envelope.activity.get("message") or {}
        line = f"{message['disclosure']}> " if "disclosure" in message else ""
        words = f"{line}{message.get('text', '')}".split("|")
        actions = message.get("actions") or []
        choices = tuple(Choice(one["title"], one["payload"]) for one in actions if "payload" in one)
        numbered = bool(choices) and "numbers" in words[0]
        url = f"{self.api}/bot{config['token']}/send"
        made = [
            Outgoing("POST", url, {}, json.dumps({"to": envelope.address, "text": word}).encode(), "once" not in word)
            for word in words
        ]
        return Rendered(tuple(made), ("shortened",) if choices else (), choices, numbered)

    def outcome(self, answer: Answer) -> Sent:
        if answer.status >= 500:
            raise _errors.refused(answer)
        said = json.loads(answer.body)
        if "error" in said:
            raise _errors.from_table(ERRORS, said["error"], ERRORS["bad"])
        return Sent((said["id"],), tuple(said["moved"]) if "moved" in said else None)


def _thing(item: dict[str, Any]) -> Any:
    kind = item.pop("kind")
    if "old" in item:
        old, new = ([item[key]] if isinstance(item[key], str) else item[key] for key in ("old", "new"))
        people = [Person(one, others=tuple(("", other) for other in more)) for one, *more in (old, new)]
        return Moved(people[0], people[1], item["at"])
    who = Person(
        item.pop("from", ""), profile=item.pop("profile", {}), others=tuple(map(tuple, item.pop("others", [])))
    )
    if kind == "standby":
        holder, by_holder = item.pop("holder", ""), item.pop("by_holder", False)
        item.setdefault("text", "")
        return Standby(_thing({"kind": "say", "from": who.value, **item}), holder, by_holder)
    if kind == "control":
        return Control(who, **item)
    if kind == "say":
        media = tuple(Media(**one) for one in item.pop("media", []))
        content = item.pop("content", None) or {"type": "text", "text": item.pop("text")}
        pressed = item.pop("pressed", None)
        return Said(who, item.pop("id"), item.pop("at"), "message", content, media, pressed and tuple(pressed), **item)
    if kind == "receipt":
        person = who if who.value else None
        error = item.pop("error", None)
        found: SendError | None = _errors.from_table(ERRORS, error, Rule(error)) if error else None
        return Receipt(keys=tuple(item.pop("ids", ())), person=person, error=found, **item)
    if kind == "block":
        return Blocked(who, item["at"], item.get("on", True))
    return Unknown(kind)


TOY = Toy()
