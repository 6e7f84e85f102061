"""The engine's tables, one noun per file."""

from engine.models.activity import Activity
from engine.models.allowance import MonthlyAllowance
from engine.models.charge import Charge, MonthlyCost
from engine.models.command import CommandCall
from engine.models.contact import Address, Contact
from engine.models.conversation import Conversation, VisitorGrant
from engine.models.delivery import Attempt, Delivery, Lane
from engine.models.disclosure import Disclosure
from engine.models.endpoint import Endpoint
from engine.models.file import File
from engine.models.hour import MessageHour
from engine.models.inbox import InboxLane, InboxPost, MediaFetch, ProfileRequest, ProviderMessage
from engine.models.job import Job, WriteProbe
from engine.models.notice import Notice
from engine.models.pipeline import PipelineLane
from engine.models.thread import Colleague, Thread
from engine.models.work import Work

__all__ = [
    "Activity",
    "Address",
    "Attempt",
    "Charge",
    "Colleague",
    "CommandCall",
    "Contact",
    "Conversation",
    "Delivery",
    "Disclosure",
    "Endpoint",
    "File",
    "InboxLane",
    "InboxPost",
    "Job",
    "Lane",
    "MediaFetch",
    "MessageHour",
    "MonthlyAllowance",
    "MonthlyCost",
    "Notice",
    "PipelineLane",
    "ProfileRequest",
    "ProviderMessage",
    "Thread",
    "VisitorGrant",
    "Work",
    "WriteProbe",
]
