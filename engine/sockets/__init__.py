"""Sockets: clients read the database after their cursor; a hint only makes them look again."""
