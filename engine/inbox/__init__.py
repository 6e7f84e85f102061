"""Webhooks of providers: verified, stored and answered at once (views.py, take.py), parsed in the order in which they
came by a kind of work (kind.py, parse.py), and stored as what they say (say.py, people.py, receipts.py).
"""
