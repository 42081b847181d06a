"""The pages that are not the wizard: each says what is wrong and what to do."""

from __future__ import annotations

from html import escape

AGAIN = "End `mlops-wizard web` in its terminal with Ctrl-C, start it again, and open the address that it prints."
NOT_SIGNED_IN = (
    "This wizard is open to the browser that opened the address which `mlops-wizard web` printed in its terminal. "
    f"Where that address was used already and its page is gone, start anew. {AGAIN}"
)
TOKEN_REFUSED = f"The token of this address was used already, or was never given out: it works once. {AGAIN}"
NOT_BY_A_PERSON = "The token of this address is kept for the page itself. Open the address in a browser."
OTHER_ADDRESS = "This wizard answers at {origin} alone. Open the address that `mlops-wizard web` printed, as it is."
OTHER_ORIGIN = "A page from elsewhere asked for this. Open the address that `mlops-wizard web` printed by itself."

NO_ICON = '<link rel="icon" href="data:,">'  # or browsers ask for one
LOOKS = "body{background:#121212;color:#e0e0e0;font:16px/1.5 monospace;max-width:60em;margin:4em auto;padding:0 1em}"
ENTERED = (
    f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>mlops-wizard</title>'
    f'{NO_ICON}<meta http-equiv="refresh" content="0;url=/"><style>{LOOKS}</style></head>'
    '<body><p>Signed in. <a href="/">Open the wizard</a>.</p></body></html>\n'
)


def page(title: str, words: str) -> str:
    """A page of plain words, which loads nothing."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>mlops-wizard: {escape(title)}</title>'
        f"{NO_ICON}<style>{LOOKS}</style></head><body><h1>{escape(title)}</h1><p>{escape(words)}</p></body></html>\n"
    )
