"""One home for what is done in the background.

A kind of work is a table with the columns of `engine.models.Work` and what is done with its rows:

    kind.py    declares a kind
    claim.py   takes free rows: a batch in one statement, under a token, fairly between those who share the workers
    now.py     works on one row at once
    loop.py    one loop for each kind and process: stores, claims, works
"""

from engine.work.claim import Held, claim, free, lock, release, release_all, renew
from engine.work.kind import Item, Kind, all_kinds
from engine.work.loop import Loops
from engine.work.now import work_now

__all__ = [
    "Held",
    "Item",
    "Kind",
    "Loops",
    "all_kinds",
    "claim",
    "free",
    "lock",
    "release",
    "release_all",
    "renew",
    "work_now",
]
