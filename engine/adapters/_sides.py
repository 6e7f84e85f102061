"""The sides of integrations, by name or by the numbers that existing clients send."""

SIDES = {"Customer": 2, "Agent": 3, "Bot": 4, "System": 5}  # 1 is the platform itself, which is no integration
_BY_NUMBER = {str(number): name for name, number in SIDES.items()}


def side_named(value: object) -> str:
    """'Agent' for 'agent', 'AGENT', 3 or '3'. What names no side comes back as a text that is none."""
    text = str(value)
    return _BY_NUMBER.get(text, text.capitalize())
