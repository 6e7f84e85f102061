"""Sentences about commands, for the agent who typed one."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def built_in() -> list[dict[str, str]]:
    """The platform's own commands: name, description and usage."""
    return [
        {"name": "resp", "description": _("Sends a saved reply."), "usage": "::resp -n NAME"},
        {"name": "trans", "description": _("Sends the visitor to another page."), "usage": "::trans -n NAME [-force]"},
        {"name": "takeover", "description": _("Assigns the conversation to you."), "usage": "::takeover [-force]"},
        {"name": "handover", "description": _("Hands the conversation over to the agents."), "usage": "::handover"},
        {"name": "handback", "description": _("Hands the conversation back to the bot."), "usage": "::handback"},
    ]


def moved(command: str) -> str:
    """The reply to a takeover, a handover or a handback."""
    texts = {
        "takeover": _("You took over the conversation."),
        "handover": _("The conversation is waiting for an agent."),
        "handback": _("The bot is handling the conversation again."),
    }
    return texts[command]


def sent(name: str, kind: str, to_customer: bool, count: int) -> str:
    """The reply to `::resp`; `kind` is message or event."""
    if kind == "message" and to_customer:
        text = ngettext(
            "%(name)s: %(count)d message sent to the customer.",
            "%(name)s: %(count)d messages sent to the customer.",
            count,
        )
    elif kind == "message":
        text = ngettext(
            "%(name)s: %(count)d message sent to the agent.", "%(name)s: %(count)d messages sent to the agent.", count
        )
    elif to_customer:
        text = ngettext(
            "%(name)s: %(count)d event sent to the customer.", "%(name)s: %(count)d events sent to the customer.", count
        )
    else:
        text = ngettext(
            "%(name)s: %(count)d event sent to the agent.", "%(name)s: %(count)d events sent to the agent.", count
        )
    return text % {"name": name, "count": count}


def led(name: str, url: str, force: bool) -> str:
    """The reply to `::trans`."""
    if force:
        return _("%(name)s: the customer was sent to %(url)s.") % {"name": name, "url": url}
    return _("%(name)s: the customer was offered the link %(url)s.") % {"name": name, "url": url}


def listed(count: int) -> str:
    """The heading of a list of commands."""
    return ngettext("%(count)d command:", "%(count)d commands:", count) % {"count": count}
