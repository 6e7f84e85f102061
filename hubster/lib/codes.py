"""The whole table of error codes: one row for each code, with its HTTP status and its standard text.

Numbers in answers are the digits without the prefix; the prefix names the resource: IDT Identity, PRT Portal,
ENG Engine, EVT Events.
"""

from typing import NamedTuple


class Code(NamedTuple):
    """A row of the table: HTTP status and the text used when the place of the fault gives no better one."""

    status: int
    text: str


TABLE: dict[str, Code] = {
    "IDT000100": Code(500, "System Error."),
    "PRT000100": Code(500, "System Error."),
    "PRT000101": Code(403, "Forbidden."),
    "PRT000102": Code(401, "Unauthorized access."),
    "PRT000103": Code(501, "Requested operation is not implemented."),
    "PRT000104": Code(410, "Requested resource or operation is not available."),
    "PRT000105": Code(404, "Requested resource was not found."),
    "PRT000106": Code(409, "Resource you are trying to create already exists."),
    "PRT000107": Code(417, "Current request or operation is not valid."),
    "PRT000108": Code(408, "Request took too long to execute and timed out."),
    "PRT000109": Code(417, "Requested action was aborted."),
    "PRT000110": Code(403, "Requested action is not allowed."),
    "PRT000200": Code(400, "Required query parameter was not supplied."),
    "PRT000201": Code(400, "One or more parameters have invalid format."),
    "PRT000202": Code(400, "Please correct supplied format for used parameter(s)."),
    "PRT000203": Code(400, "Provided GUID has bad format."),
    "PRT000204": Code(400, "Provided date has bad format."),
    "PRT000205": Code(400, "One or more parameters have invalid date format."),
    "PRT000206": Code(400, "Provided parameter value is not supported (out of range)."),
    "PRT000207": Code(400, "Provided parameter is out of predefined range."),
    "PRT000208": Code(400, "Provided parameter has to be greater than zero."),
    "PRT000209": Code(400, "Parameter must be greater than or equal to zero."),
    "PRT000210": Code(400, "Invalid Number format provided."),
    "PRT000211": Code(400, "Invalid email format provided."),
    "PRT000212": Code(400, "Criteria parameter is required when supplying a searchBy parameter."),
    "PRT000300": Code(400, "Root body section is missing."),
    "PRT000301": Code(400, "Required property is missing."),
    "PRT000302": Code(400, "Property has is invalid type."),
    "PRT000303": Code(400, "Validation failed. Property not supported."),
    "PRT000304": Code(400, "Request parameter has bad format. Expected to be a valid decimal value."),
    "PRT000305": Code(400, "Request parameter has bad format. Expected to be a valid GUID value."),
    "PRT000306": Code(400, "Request collection must contain one or more elements."),
    "PRT000307": Code(400, "Messaged was empty."),
    "PRT000308": Code(
        400,
        "Request body must contain Location, either an address and/or latitude/longitude coordinates.",
    ),
    "PRT000400": Code(400, "Tenant already exists."),
    "PRT000401": Code(400, "User already exists."),
    "PRT000599": Code(404, "User not found."),
    "PRT000600": Code(400, "Name already exists."),
    "PRT000699": Code(404, "Hub not found."),
    "PRT000700": Code(400, "An integration with name already exists."),
    "PRT000701": Code(
        400,
        "An integration with same name has already been assign to a hub. You can only add this "
        "channel once across all hubs.",
    ),
    "PRT000799": Code(404, "Integration not found."),
    "ENG000100": Code(500, "System Error."),
    "ENG000101": Code(403, "Forbidden."),
    "ENG000102": Code(401, "Unauthorized access."),
    "ENG000103": Code(501, "Requested operation is not implemented."),
    "ENG000104": Code(410, "Requested resource or operation is not available."),
    "ENG000105": Code(404, "Requested resource was not found."),
    "ENG000106": Code(409, "Resource you are trying to create already exists."),
    "ENG000107": Code(417, "Current request or operation is not valid."),
    "ENG000108": Code(408, "Request took too long to execute and timed out."),
    "ENG000109": Code(417, "Requested action was aborted."),
    "ENG000110": Code(403, "Requested action is not allowed."),
    "ENG000200": Code(400, "Required query parameter was not supplied."),
    "ENG000201": Code(400, "One or more parameters have invalid format."),
    "ENG000202": Code(400, "Please correct supplied format for used parameter(s)."),
    "ENG000203": Code(400, "Provided GUID has bad format."),
    "ENG000204": Code(400, "Provided date has bad format."),
    "ENG000205": Code(400, "One or more parameters have invalid date format."),
    "ENG000206": Code(400, "Provided parameter value is not supported (out of range)."),
    "ENG000207": Code(400, "Provided parameter is out of predefined range."),
    "ENG000208": Code(400, "Provided parameter has to be greater than zero."),
    "ENG000209": Code(400, "Parameter must be greater than or equal to zero."),
    "ENG000210": Code(400, "Invalid Number format provided."),
    "ENG000211": Code(400, "Invalid email format provided."),
    "ENG000212": Code(400, "Criteria parameter is required when supplying a searchBy parameter."),
    "ENG002000": Code(400, "Provided tenant is invalid."),
    "ENG002001": Code(400, "Your account is disabled."),
    "ENG002002": Code(400, "Account evaluation period has expired."),
    "ENG003000": Code(400, "Conversation request requires body to be present."),
    "ENG003001": Code(400, "Conversation request is missing required property."),
    "ENG003002": Code(
        400,
        "Conversation request parameter has bad format. Expected to be a valid GUID value.",
    ),
    "ENG005000": Code(400, "Direct Inbound request requires body to be present."),
    "ENG005001": Code(400, "Direct Inbound request is missing required property."),
    "ENG005002": Code(400, "Direct Inbound request does not support provided property."),
    "ENG005003": Code(
        400,
        "Direct Inbound request must contain one of the following sections: root.message or root.event.",
    ),
    "ENG005004": Code(
        400,
        "Direct Inbound request can only contain one root with the following sections: root.message or root.event.",
    ),
    "ENG005015": Code(400, "Direct Inbound request collection must contain one or more elements."),
    "ENG005020": Code(
        400,
        "Direct Inbound request parameter has bad format. Expected to be a valid GUID value.",
    ),
    "ENG005021": Code(
        400,
        "Direct Inbound request parameter has bad format. Expected to be a valid decimal value.",
    ),
    "ENG005023": Code(400, "Direct Inbound request body was empty."),
    "ENG005024": Code(
        400,
        "Direct Inbound request body must contain Location, either an address and/or latitude/longitude coordinates.",
    ),
    "ENG005500": Code(404, "Hub does not exist."),
    "ENG005501": Code(
        400,
        "Provided Hub does not have any Agent or Bot integration configured to receive or interact "
        "with customer messages.",
    ),
    "ENG006000": Code(404, "Provided integration does not exist."),
    "ENG006500": Code(404, "Provided conversation does not exist."),
    "ENG006501": Code(400, "Customer is no longer responding to messages."),
    "ENG006502": Code(
        400,
        "Your Hubster integration has been terminated and is no longer active. Please contact your Administrator.",
    ),
    "ENG006503": Code(400, "Conversation was paused."),
    "ENG007500": Code(400, "Conversation encountered a web related issue."),
    "ENG007501": Code(400, "Conversation encountered a web security related issue."),
    "ENG007502": Code(400, "Conversation encountered a runtime related issue."),
    "ENG007510": Code(
        400,
        "Customer failed to receive your message. This was due to an unauthorized issue on their "
        "end. Please check with your Administrator.",
    ),
    "ENG007511": Code(400, "A web related issue was detected on Hub."),
    "ENG007512": Code(400, "An unreachable web-endpoint was detected on Hub."),
    "ENG008000": Code(400, "Message Spark encountered a web related issue."),
    "ENG008001": Code(400, "Message Spark encountered a web security related issue."),
    "ENG008002": Code(400, "Message Spark encountered a runtime related issue."),
    "ENG008500": Code(400, "No upload files were provided."),
    "ENG008501": Code(400, "Invalid URL was provided."),
    "ENG008502": Code(400, "File you submitted was not received by the other party."),
    "ENG008503": Code(400, "The other party tried to send you a file but failed."),
    "ENG009000": Code(
        400,
        "Invalid command. You must have an actually command in front of the double colon e.g. ::mycommand [args]...",
    ),
    "ENG009001": Code(400, "Unknown command."),
    "ENG009200": Code(
        400,
        "Command was not found. Please type ::{1} --list to see the full list of available commands.",
    ),
    "ENG009201": Code(400, "No commands have been configured for this hub."),
    "ENG009202": Code(400, "No commands were found for the category."),
    "ENG009299": Code(400, "There was an error while executing command. Please contact technical support."),
    "EVT000100": Code(500, "System Error."),
}


def number(code: str) -> int:
    """`PRT000301` as the number that answers carry: 301."""
    return int(code[3:])
