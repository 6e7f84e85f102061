"""The tables of the floor's site."""

TABLES = """
CREATE TABLE conversation (id uuid PRIMARY KEY, tenant integer NOT NULL, closed boolean NOT NULL);
CREATE TABLE activity (id uuid PRIMARY KEY, conversation_id uuid NOT NULL REFERENCES conversation(id),
                       content jsonb NOT NULL, created timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON activity (conversation_id);
CREATE TABLE webhook (id bigserial PRIMARY KEY, body bytea NOT NULL, received timestamptz NOT NULL DEFAULT now());
INSERT INTO conversation SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 1, false
FROM generate_series(0, 31) AS n;
"""
CONVERSATIONS = 32


def conversation(number: int) -> str:
    """The id of one of them."""
    return f"00000000-0000-0000-0000-{number % CONVERSATIONS:012}"
