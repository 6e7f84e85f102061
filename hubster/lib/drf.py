"""The house's habits on top of DRF: strict JSON, case-blind properties, one exception handler, paging."""

import io
import logging
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.request import RawPostDataException
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hubster.lib.errors import MOST_FAULTS, Fault, HubsterError, fail
from hubster.lib.ids import parse_guid
from hubster.lib.log import tracking_id
from hubster.lib.parsing import BodyTooLarge, UnfitText
from hubster.lib.pool import is_away

log = logging.getLogger("hubster.api")
SHOWN = 80  # characters of a caller's own text that an error repeats
_CODE = re.compile(r"^(PRT|ENG|EVT|IDT)\d{6}$")
# What DRF calls a fault, as the last digits of the table.
_SERIALIZER_CODES = {
    "required": "301", "null": "301", "blank": "301", "not_a_list": "302", "not_a_dict": "302", "invalid": "302",
    "unknown": "303", "empty": "306", "invalid_choice": "206", "min_value": "207", "max_value": "207",
    "negative": "209", "max_length": "207", "min_length": "207", "max_string_length": "210", "date": "204",
}  # fmt: skip


def detail_of(fault: Fault) -> exceptions.ErrorDetail:
    """A fault as the framework carries it: in place of the code, which it copies unread."""
    return exceptions.ErrorDetail(fault.sentence, cast(str, fault))


def invalid(fault: Fault) -> serializers.ValidationError:
    """An error of a serializer that is answered as this fault."""
    return serializers.ValidationError(fault.sentence, cast(str, fault))


class Flag(serializers.BooleanField):
    """true or false, and nothing that merely looks like it."""

    def to_internal_value(self, data: Any) -> Any:
        """The value itself."""
        return data if isinstance(data, bool) else self.fail("invalid", input=data)


class CaseBlindSerializer(serializers.Serializer[Any]):
    """Matches property names without regard to case and refuses those it does not know."""

    def to_internal_value(self, data: Any) -> Any:
        """Rename properties to their documented spelling, then validate as usual."""
        if not isinstance(data, dict):
            return super().to_internal_value(data)
        given, faults = self._renamed(data)
        try:
            result = super().to_internal_value(given)
        except serializers.ValidationError as error:
            faults = {**error.detail, **faults}  # type: ignore[dict-item]
        if not faults:
            return result
        for name, found in self.more_faults(given).items():
            if found and name not in faults:
                faults[name] = [detail_of(fault) for fault in found]
        raise serializers.ValidationError(faults)

    def more_faults(self, given: dict[str, Any]) -> dict[str, list[Fault]]:
        """By property, what the action would find in a body that is refused already: all of it is told at once."""
        return {}

    def _renamed(self, data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """(known properties in their documented spelling, faults). Null says that an optional one is not given."""
        known = {str(name).lower(): (str(name), field) for name, field in self.fields.items() if not field.read_only}
        seen: set[str] = set()
        given: dict[str, Any] = {}
        faults: dict[str, Any] = {}
        for key, value in data.items():
            name, field = known.get(key.lower(), (key[:SHOWN], None))
            if field is None and len(faults) >= MOST_FAULTS:
                continue  # no answer lists more, and the framework copies each several times
            if field is None:
                faults[name] = [detail_of(Fault("unknown", name, "is not supported."))]
            elif name in seen:
                faults[key] = [detail_of(Fault("unknown", name, "is given twice."))]
            elif value is not None or (field.required and not self.partial):
                given[name] = value
            seen.add(name)
        return given, faults


def guid_or_fail(value: str, prefix: str, name: str) -> uuid.UUID:
    """A GUID of a path or query; raises `…000203`."""
    found = parse_guid(value)
    if found is None:
        raise fail(f"{prefix}000203", text=f"'{name}' is not a GUID: '{value[:80]}'.")
    return found


def checked(serializer: serializers.BaseSerializer[Any], data: Any, missing: str) -> dict[str, Any]:
    """The serializer's validated data. `missing` is the code for a body that is absent."""
    if data is None:
        raise fail(missing)
    if not isinstance(data, dict):
        raise fail(missing, text="The body must be a JSON object.")
    serializer.initial_data = data
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _flatten(detail: Any, path: str = "") -> Iterator[tuple[str, exceptions.ErrorDetail]]:
    if isinstance(detail, exceptions.ErrorDetail):
        yield path, detail
    elif isinstance(detail, dict):
        for key, item in detail.items():
            step = str(key) if key != "non_field_errors" else ""
            yield from _flatten(item, f"{path}.{step}".strip(".") if step else path)
    elif isinstance(detail, list | tuple):
        for index, item in enumerate(detail):
            inner = path if isinstance(item, exceptions.ErrorDetail) else f"{path}[{index}]"
            yield from _flatten(item, inner)


def _code(prefix: str, kind: str) -> str:
    return f"{prefix}000{_SERIALIZER_CODES.get(kind, '302')}"


def _serializer_fault(prefix: str, path: str, detail: exceptions.ErrorDetail) -> Fault:
    if isinstance(detail.code, Fault):
        given = detail.code
        return given if _CODE.match(given.code) else replace(given, code=_code(prefix, given.code))
    kind = str(detail.code)
    code = _code(prefix, kind)
    if kind in ("required", "null", "blank"):
        return Fault(code, path, "is required.")
    if kind == "invalid_choice":
        return Fault(code, text=str(detail))
    return Fault(code, path, str(detail), quoted=True)


# What DRF raises, as the last digits of the table and the HTTP status.
_EXPECTED: tuple[tuple[Any, str, int], ...] = (
    (BodyTooLarge, "207", 413),
    ((exceptions.NotAuthenticated, exceptions.AuthenticationFailed), "102", 401),
    (exceptions.PermissionDenied, "101", 403),
    ((exceptions.NotFound, Http404), "105", 404),
    (exceptions.MethodNotAllowed, "110", 405),
    (exceptions.Throttled, "107", 429),
    ((RawPostDataException, exceptions.UnsupportedMediaType, SuspiciousOperation), "202", 400),
)
_OWN_TEXT = (exceptions.PermissionDenied, exceptions.NotFound)  # the table's text says it better


def to_error(exc: Exception, prefix: str, missing: str) -> HubsterError | None:
    """Any expected exception as the house's error; None when it is not expected."""
    if isinstance(exc, HubsterError):
        return exc
    if isinstance(exc, serializers.ValidationError):
        faults = [_serializer_fault(prefix, path, detail) for path, detail in _flatten(exc.detail)]
        return HubsterError(*faults, status=400)
    if isinstance(exc, UnfitText):
        return HubsterError(Fault(f"{prefix}000201", text=str(exc.detail)), status=400)
    if isinstance(exc, exceptions.ParseError):
        return HubsterError(Fault(missing, text=str(exc.detail)), status=400)
    for kinds, digits, status in _EXPECTED:
        if isinstance(exc, kinds):
            text = "" if isinstance(exc, _OWN_TEXT) else str(getattr(exc, "detail", ""))
            wait = getattr(exc, "wait", None)
            return HubsterError(
                Fault(f"{prefix}000{digits}", text=text), status=status, retry_after=wait and int(wait) + 1
            )
    return None


def system_error(exc: Exception, prefix: str) -> HubsterError:
    """A fault of ours: 503 when the database is away (nothing was stored), else 500 with a tracking id."""
    tracking = tracking_id()
    log.error("unhandled", exc_info=exc, extra={"tracking": tracking})
    if is_away(exc):
        text = f"The service is unavailable; nothing was stored, try again. Tracking id {tracking}."
        return HubsterError(Fault(f"{prefix}000100", text=text), status=503, retry_after=2)
    return HubsterError(Fault(f"{prefix}000100", text=f"System Error. Tracking id {tracking}."), status=500)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response:
    """DRF's hook: every exception of every API view ends here, in the documented shape."""
    view = context["view"]
    prefix = getattr(view, "error_prefix", "PRT")
    missing = getattr(view, "missing_body", f"{prefix}000300" if prefix == "PRT" else f"{prefix}000201")
    error = to_error(exc, prefix, missing) or system_error(exc, prefix)
    response = Response(error.body(), status=error.status)
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def query_of(request: Request) -> dict[str, str]:
    """The query's arguments, names in lower case."""
    return {str(key).lower(): str(value) for key, value in request.query_params.items()}


class _BodyRequest(Request):
    """Reads a body whatever its length header says: clients send JSON in chunks, without a length."""

    def _load_stream(self) -> None:
        started = self._request._read_started  # type: ignore[attr-defined]
        self._stream = io.BytesIO(self.body) if started else self._request  # type: ignore[assignment]


class ApiView(APIView):
    """Base of all API views: `error_prefix` names the resource, `missing_body` the code for an absent body."""

    error_prefix = "PRT"

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """DRF's request, with our way to read the body."""
        return _BodyRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Answers tell how much of its rate the caller has left."""
        rate = getattr(request, "rate", None)
        for name, value in rate.headers().items() if rate else ():
            response[name] = value
        return super().finalize_response(request, response, *args, **kwargs)

    def page_arguments(self, request: Request) -> tuple[int, int]:
        """(pageNumber >= 0, pageSize 1..100) of the query; lists every fault."""
        given = query_of(request)
        rules = (("pageNumber", "0", 0, 10**9, "209"), ("pageSize", "50", 1, 100, "208"))
        values, faults = [], []
        for name, default, least, most, too_small in rules:
            raw = given.get(name.lower()) or default
            text = f"'{name}' must be a whole number from {least} to {most}: '{raw[:40]}'."
            if not re.fullmatch(r"-?[0-9]+", raw):
                faults.append(Fault(f"{self.error_prefix}000210", text=text))
                continue
            value = int(raw[:12])  # enough to know that it is out of range
            if not least <= value <= most:
                digits = too_small if value < least else "207"
                faults.append(Fault(f"{self.error_prefix}000{digits}", text=text))
            values.append(value)
        if faults:
            raise HubsterError(*faults)
        return values[0], values[1]


def page(rows: QuerySet[Any] | Sequence[Any], number: int, size: int, show: Any) -> dict[str, Any]:
    """The documented page: two queries whatever its size. `show` makes one row's answer."""
    total = rows.count() if isinstance(rows, QuerySet) else len(rows)
    found = rows[number * size : (number + 1) * size]
    return {"pageNumber": number, "pageSize": size, "total": total, "results": [show(row) for row in found]}
