"""A subscription that lapsed: operators cancel a hub or an integration and bring it back, nobody else does either."""

from typing import Any

from hubster.lib.errors import fail
from portal.models import Hub, Integration


def check_status(row: Hub | Integration, values: dict[str, Any], by_operator: bool) -> None:
    """Raises PRT000110 when somebody else cancels the row, or changes the status of one that is canceled."""
    wanted = values.get("status", row.status)
    if by_operator or wanted == row.status:
        return
    noun = row._meta.verbose_name
    if row.status == row.Status.CANCELED:
        raise fail("PRT000110", "statusId", f"this {noun} is canceled; only an operator can activate it again.")
    if wanted == row.Status.CANCELED:
        raise fail("PRT000110", "statusId", f"only an operator can cancel this {noun}.")
