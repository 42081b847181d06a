"""Lists in pages, as the Jobs API gives them: by token, or by the older offset."""

import base64
from typing import Any

from starlette.requests import Request

from wizard.sandbox.databricks.faults import invalid
from wizard.sandbox.databricks.wire import number_query


def page(request: Request, name: str, rows: list[dict[str, Any]], size: int) -> dict[str, Any]:
    """The page of `rows` that a request asks for, with the tokens of its neighbours.

    Raises DatabricksFault 400 for a token that is none.
    """
    token = request.query_params.get("page_token")
    first = _start(token) if token else max(0, number_query(request, "offset", 0))
    answer: dict[str, Any] = {"has_more": first + size < len(rows)}
    if rows[first : first + size]:
        answer[name] = rows[first : first + size]
    if answer["has_more"]:
        answer["next_page_token"] = _token(first + size)
    if first > 0:
        answer["prev_page_token"] = _token(max(0, first - size))
    return answer


def _token(first: int) -> str:
    return base64.urlsafe_b64encode(str(first).encode()).decode()


def _start(token: str) -> int:
    try:
        return max(0, int(base64.urlsafe_b64decode(token)))
    except ValueError as error:
        raise invalid(f"Invalid page token: {token}") from error
