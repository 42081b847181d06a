"""The HTML pages of the sign-in: entering a device code, and going back to an application."""

from collections.abc import Mapping
from html import escape

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<h1>{title}</h1>
<p>This is the sandbox cloud of mlops-wizard, not Microsoft.</p>
{body}
</body>
</html>
"""


def device_code_form(user_name: str, message: str = "") -> str:
    """Ask for the code that the application shows."""
    body = (
        f"<p>{escape(message)}</p>"
        f'<form method="post"><p><label>Code <input name="otc" autofocus></label></p>'
        f"<p><button>Sign in as {escape(user_name)}</button></p></form>"
    )
    return _PAGE.format(title="Enter code", body=body)


def device_code_done(user_name: str) -> str:
    """The code was good."""
    body = f"<p>{escape(user_name)} is signed in on the device. You may close this page.</p>"
    return _PAGE.format(title="Signed in", body=body)


def form_post(address: str, fields: Mapping[str, str]) -> str:
    """Send the browser back to the application with a form that submits itself (response_mode=form_post)."""
    inputs = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in fields.items())
    body = (
        f'<form method="post" action="{escape(address)}">{inputs}<button>Continue</button></form>'
        "<script>document.forms[0].submit()</script>"
    )
    return _PAGE.format(title="Working", body=body)
