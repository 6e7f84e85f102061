"""The limits of a websocket, and its pings: the same on each server."""

MOST = 200  # frames of any kind in `PERIOD`: pings and each fragment of a message count
PERIOD = 10.0  # seconds
LARGEST = 262_144  # bytes of a message: what the sockets read, as characters of four bytes
UNOPENED = 65_536  # bytes that are kept of a client whose socket is not open yet
TOO_MUCH = 4429  # the close code of a client that sends too much

LOOK_EVERY = 5.0  # seconds between two looks at each connection
EVERY = 40.0  # seconds between two pings; proxies keep a connection without data for a minute
ANSWER = 30.0  # seconds in which something must come back
PING, PONG = b"\x89\x00", b"\x8a\x80"  # whole, and the first half of one: a client's mask follows
PONG_SIZE = 6
LONGEST = 86_400.0  # seconds that a websocket may be open
