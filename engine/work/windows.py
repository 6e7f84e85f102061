"""The number of calls at once that an endpoint gets: learned from its answers, for each process by itself."""

from collections import Counter, OrderedDict
from collections.abc import Hashable

QUICK = 0.5  # seconds of an answer below which one more call is given
SLOW = 2.0  # seconds from which on an endpoint counts as slow
KNOWN = 10_000  # endpoints that are remembered


class Windows:
    """One call for an endpoint that is unknown, slow or failing; one more after each quick answer, up to `most`.

    Endpoints that have not proved themselves have half of all `places` together: whatever hangs, the others go on.
    """

    def __init__(self, most: int, places: int) -> None:
        self.most, self.half = most, max(1, places // 2)
        self.sizes: OrderedDict[Hashable, int] = OrderedDict()  # of those whose last answer was good
        self.under_way: Counter[Hashable] = Counter()

    def begin(self, endpoint: Hashable) -> None:
        """A call begins."""
        self.under_way[endpoint] += 1

    def end(self, endpoint: Hashable, seconds: float | None) -> None:
        """A call ended after so many seconds; None: it failed."""
        self.under_way[endpoint] -= 1
        if not self.under_way[endpoint]:
            del self.under_way[endpoint]
        if seconds is None or seconds >= SLOW:
            self.sizes.pop(endpoint, None)
            return
        size = self.sizes.pop(endpoint, 1)
        self.sizes[endpoint] = min(self.most, size + 1) if seconds < QUICK else max(1, size // 2)
        if len(self.sizes) > KNOWN:
            self.sizes.popitem(last=False)

    def distrust(self, endpoint: Hashable) -> None:
        """A call takes long: what was known of its endpoint may be true no more."""
        self.sizes.pop(endpoint, None)

    def rooms(self) -> dict[Hashable, int]:
        """The number of calls that may begin now, for each endpoint to which `others` does not apply."""
        others, rooms = self.others(), {}
        for endpoint, size in self.sizes.items():
            if (room := size - self.under_way[endpoint]) != others:
                rooms[endpoint] = room
        for endpoint in self.under_way:
            if endpoint not in self.sizes and others:
                rooms[endpoint] = 0
        return rooms

    def others(self) -> int:
        """The number of calls that may begin at an endpoint of which nothing good is known.

        One claim may take more of these endpoints than are left of the half: fewer rows would hold up the proved ones.
        """
        unproved = sum(count for endpoint, count in self.under_way.items() if endpoint not in self.sizes)
        return 1 if unproved < self.half else 0
