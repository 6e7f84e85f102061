"""The error table, code by code: a request that is answered with it, or why none is. `docs/errors.md` is made of it.

    python -m tests.error_table --write

The entries are in `portal.py` and `engine.py`; `tests/test_error_table.py` plays every one of them.
"""
