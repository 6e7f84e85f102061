"""State machines: anything may happen in any order, and nothing may ever be lost, doubled or reordered.

    python -m tests.engine.state             500 examples of 50 steps, other ones each time, on SQLite
    python -m tests.engine.state postgres    the same on a private PostgreSQL

`make test` runs a smaller number, always the same ones. Rules are what may happen (machine.py); what follows from them
is kept apart from the product's tables (ledger.py) and compared with these after every step (checks.py).

A request arrives when it is made; only its result may come late. What is fenced is the result: no lease reaches into
a call that is under way.

The second machine, readers.py, is about those who read: sockets that come and go with the last event id they have.
"""
