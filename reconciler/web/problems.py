"""Errors of the API, as RFC 9457 has them (``application/problem+json``)."""

from __future__ import annotations

from starlette.responses import JSONResponse

from reconciler.printable import encodable

TITLES = {
    400: "Bad request",
    401: "Who are you?",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Not a form",
    421: "Wrong host",
    429: "Too many tries",
    500: "A fault of reconciler",
    503: "Not yet",
}


class Problem(Exception):
    """What kept a request from being answered: ``detail`` says what happened, and what to do."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        self.status = status
        self.detail = str(encodable(detail))
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(detail)

    def response(self) -> JSONResponse:
        """Return it as the client gets it."""
        body = {"type": "about:blank", "title": TITLES.get(self.status, "Error"), "status": self.status}
        return JSONResponse(
            {**body, "detail": self.detail}, self.status, self.headers, media_type="application/problem+json"
        )
