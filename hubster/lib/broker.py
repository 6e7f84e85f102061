"""Settings of the broker that wakes workers: it may be away, and nothing waits for it."""

TRANSPORT_OPTIONS = {
    # A wake-up is not worth an acknowledgement: a lost one is made up for by the sweeper. And a worker that holds
    # unacknowledged messages when Redis goes away dies while it tries to give them back.
    "ack_emulation": False,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "socket_keepalive": True,  # a connection that is dead without a word is noticed
    "retry_on_timeout": False,
    "max_retries": 0,  # or every request waits six seconds for a Redis that is away
}
