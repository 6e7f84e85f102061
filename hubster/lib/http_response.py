"""The answer to an outgoing request: the final one, whatever interim answers came before it."""

from http.client import HTTPException, HTTPResponse, parse_headers

MOST_INTERIM = 100  # of one answer; their octets and their time count like those of the answer itself


class FinalResponse(HTTPResponse):
    """Passes over interim answers (1xx, RFC 9110, 15.2); the library passes over 100 alone.

    101 is none of them: we never ask for another protocol, so it is the answer, and a wrong one.
    """

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(MOST_INTERIM + 1):
            found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if not 100 <= found[1] < 200 or found[1] == 101:
                return found
            parse_headers(self.fp)
        raise HTTPException(f"more than {MOST_INTERIM} interim answers")
