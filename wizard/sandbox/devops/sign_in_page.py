"""What a request gets that proves nobody: 401, or the page a browser would be sent to.

Clients that send `X-TFS-FedAuthRedirect: Suppress` (the vendor's own do) get a plain 401, as recorded; the others get
203 with a sign-in page, which a careless client takes for success.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

_CHALLENGES = ("Bearer authorization_uri=https://login.microsoftonline.com/{tenant}", 'Basic realm="{realm}"')

_PAGE = """<!DOCTYPE html>
<html lang="en-US">
<head><title>Azure DevOps Services | Sign In</title></head>
<body><form method="get" action="https://login.microsoftonline.com/{tenant}/oauth2/authorize">
<h1>Sign in to Azure DevOps</h1><button type="submit">Sign in</button></form></body>
</html>
"""


def refuse(request: Request, base: str, tenant: str, reason: str, for_git: bool) -> Response:
    """The answer to somebody who is not signed in; `reason` is shown when there is one."""
    suppressed = request.headers.get("x-tfs-fedauthredirect", "").lower() == "suppress"
    if not for_git and not reason and not suppressed and request.method != "OPTIONS":
        return HTMLResponse(_PAGE.format(tenant=tenant), 203, {"X-TFS-FedAuthRealm": base})
    answer = PlainTextResponse(reason, 401) if reason else Response(status_code=401)
    for challenge in _CHALLENGES:
        answer.headers.append("WWW-Authenticate", challenge.format(tenant=tenant, realm=base + "/"))
    return answer
