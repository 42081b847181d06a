"""What every request has to pass: the right address, the right origin, the token or the cookie."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from wizard.web import notices
from wizard.web.access import Access

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ENTRANCE = "/"


class Guard:
    """Lets in who has the cookie, and exchanges the token for it. `address` is what a browser has to ask for."""

    def __init__(self, address: str, access: Access, entered: Callable[[], None]) -> None:
        self._address = address
        self._origin = f"http://{address}"
        self._access = access
        self._entered = entered

    def install(self, app: web.Application) -> None:
        """Stand before every route, and before what has none."""

        @web.middleware
        async def stand_before(request: web.Request, handler: Handler) -> web.StreamResponse:
            return self._refusal(request) or self._exchange(request) or await handler(request)

        app.middlewares.append(stand_before)
        app.on_response_prepare.append(self._add_headers)

    def _refusal(self, request: web.Request) -> web.Response | None:
        """Why this request is not answered, None when it may go on."""
        if request.host != self._address:  # a name of somebody's that was made to lead here
            return _notice(HTTPStatus.FORBIDDEN, notices.OTHER_ADDRESS.format(origin=self._origin))
        origin = request.headers.get("Origin")
        needs_origin = request.headers.get("Upgrade") is not None  # browsers name it for every websocket
        if origin != self._origin and (origin is not None or needs_origin):
            return _notice(HTTPStatus.FORBIDDEN, notices.OTHER_ORIGIN)
        if _brings_token(request) or self._access.admits(request.cookies.get(self._access.cookie_name)):
            return None
        return _notice(HTTPStatus.UNAUTHORIZED, notices.NOT_SIGNED_IN)

    def _exchange(self, request: web.Request) -> web.Response | None:
        """Answer a request that brings a token, None for any other.

        The page goes on by itself instead of being a redirect: after one, a browser that came from elsewhere (a file, a
        link) would keep a strict cookie back.
        """
        if not _brings_token(request):
            return None
        if request.method != "GET" or "prefetch" in request.headers.get("Sec-Purpose", ""):
            return _notice(HTTPStatus.FORBIDDEN, notices.NOT_BY_A_PERSON)  # the token is left for the person
        cookie = self._access.redeem(request.query["token"])
        if cookie is None:
            return _notice(HTTPStatus.FORBIDDEN, notices.TOKEN_REFUSED)
        self._entered()
        answer = web.Response(text=notices.ENTERED, content_type="text/html")
        answer.set_cookie(self._access.cookie_name, cookie, path="/", httponly=True, samesite="Strict")
        return answer

    async def _add_headers(self, _: web.Request, response: web.StreamResponse) -> None:
        """Let pages load from here alone, and nothing of them be kept, framed or told to others."""
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
            f"img-src 'self' data:; connect-src {self._origin} ws://{self._address}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        response.headers.update(
            {
                "Content-Security-Policy": policy,
                "Cache-Control": "no-store",
                "Cross-Origin-Opener-Policy": "same-origin",
                "Cross-Origin-Resource-Policy": "same-origin",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
            }
        )


def _brings_token(request: web.Request) -> bool:
    return request.path == ENTRANCE and "token" in request.query


def _notice(status: HTTPStatus, words: str) -> web.Response:
    return web.Response(status=status, text=notices.page(status.phrase, words), content_type="text/html")
