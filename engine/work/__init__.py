"""One home for what is done in the background.

A kind of work is a table with the columns of `engine.models.Work` and what is done with its rows:

    kind.py    declares a kind
    claim.py   takes free rows: a batch in one statement, under a token, fairly between those who share the workers
    rounds.py  one round of the database thread: store, claim, load
    windows.py learns how many calls at once an endpoint takes
    loop.py    one loop for each kind and process: stores, claims, works
"""

from engine.work.claim import Held, claim, free, is_nearly_over, lock, put_off, release, release_all, renew
from engine.work.kind import Item, Kind, all_kinds
from engine.work.loop import Loops
from engine.work.windows import Windows

__all__ = [
    "Held",
    "Item",
    "Kind",
    "Loops",
    "Windows",
    "all_kinds",
    "claim",
    "free",
    "is_nearly_over",
    "lock",
    "put_off",
    "release",
    "release_all",
    "renew",
]
