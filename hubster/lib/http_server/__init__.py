"""HTTP with threads, for production: one loop reads whole requests, threads answer them.

A thread is only taken by a request that has arrived as a whole, so clients that send slowly cost a few bytes and no
thread. gunicorn starts the process, watches it, and passes the end on to it.
"""
