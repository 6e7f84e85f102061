"""The pipeline's table of contents: the steps that every activity passes, in this order.

A step is one function of one argument, the passage. It writes no rows and sends nothing; `run.py` commits what
the passage collected. Adding a step is a file here and a line below.
"""

from engine.pipeline import commands, destination, echo, handover, keywords, links, person, webhooks

PRELIMINARIES = (links,)
AUXILIARIES = (webhooks, person, keywords)
DESTINATION = (handover, destination)
OUT = (echo,)

STEPS = (*PRELIMINARIES, *AUXILIARIES, *DESTINATION, *OUT)
PRIVATE = (
    commands,
    destination,
    *OUT,
)  # of commands, and of what the platform tells agents: nobody observes or alters it
REQUIRED = frozenset({"destination"})  # a fault in these is tried again; the others are passed over
