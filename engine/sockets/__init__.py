"""Sockets: clients read the database after their cursor; a wake-up only makes them look again."""
