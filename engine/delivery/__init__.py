"""Deliveries to everything that has an address: one asynchronous sender for each process.

A lane (conversation, destination) is a row of work, see `engine.work`. Of each lane that is held, the first delivery is
sent; when its result is stored, the lane is due again if there is more.

    kind.py      declares the kind of work
    load.py      makes calls of lanes: finds the first deliveries, opens their attempts, prepares the requests
    call.py      one call
    lanes.py     gives lanes back
    store.py     stores what came of a batch of calls
    health.py    learns from calls how an endpoint is
    schedule.py  says when a delivery is tried again
    probe.py     sends a test message, with nothing stored
"""
