"""Who is let in, and what the others are told."""

from __future__ import annotations

import aiohttp
import pytest

from tests.web.page import Page
from wizard.web.server import WizardServer

PLACES = (
    "/",
    "/ws",
    "/static/js/textual.js",
    "/static/",
    "/page.js",
    "/download/key",
    "/no-such-page",
    "/?token=",
    "/?token=wrong",
)


async def sign_in(browser: aiohttp.ClientSession, server: WizardServer) -> aiohttp.ClientResponse:
    return await browser.get(server.entrance)


@pytest.mark.parametrize("place", PLACES)
async def test_without_cookie_nothing_is_served(server, browser, place):
    answer = await browser.get(server.public_url + place)
    assert answer.status == (403 if "token" in place else 401)
    words = await answer.text()
    assert "mlops-wizard web" in words, "it says what to do"
    assert "textual" not in words
    assert not answer.cookies


async def test_the_token_is_exchanged_once_for_a_strict_cookie(server, browser):
    entrance = server.entrance
    answer = await browser.get(entrance)
    assert answer.status == 200
    (cookie,) = answer.cookies.values()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert cookie.value not in entrance
    page = await browser.get(server.public_url + "/")
    assert page.status == 200
    assert "mlops-wizard" in await page.text()

    again = await browser.get(entrance)
    assert again.status == 403
    assert "was used already" in await again.text()
    async with aiohttp.ClientSession() as other:
        assert (await other.get(entrance)).status == 403


async def test_a_wrong_token_leaves_the_right_one_alone(server, browser):
    assert (await browser.get(f"{server.public_url}/?token=wrong")).status == 403
    assert (await sign_in(browser, server)).status == 200


@pytest.mark.parametrize(("method", "headers"), [("HEAD", {}), ("GET", {"Sec-Purpose": "prefetch;prerender"})])
async def test_looking_ahead_does_not_use_the_token_up(server, browser, method, headers):
    assert (await browser.request(method, server.entrance, headers=headers)).status == 403
    assert (await sign_in(browser, server)).status == 200


async def test_another_cookie_is_none(server, browser):
    await sign_in(browser, server)
    async with aiohttp.ClientSession(cookies={f"mlops-wizard-{server.port}": "ü"}) as other:
        assert (await other.get(server.public_url + "/")).status == 401


@pytest.mark.parametrize("host", ["rebound.example", "rebound.example:{port}", "127.0.0.1", "localhost:{port}", ""])
async def test_another_name_that_leads_here_is_refused(server, browser, host):
    await sign_in(browser, server)
    for place in PLACES:
        answer = await browser.get(server.public_url + place, headers={"Host": host.format(port=server.port)})
        assert answer.status == 403
        assert f"answers at {server.public_url} alone" in await answer.text()


@pytest.mark.parametrize(
    "origin", ["http://elsewhere.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}"]
)
async def test_another_origin_is_refused(server, browser, origin):
    await sign_in(browser, server)
    headers = {"Origin": origin.format(port=server.port)}
    assert (await browser.get(server.public_url + "/", headers=headers)).status == 403
    assert await websocket_status(browser, server, headers) == 403


async def test_a_websocket_needs_cookie_and_origin(server, browser):
    ours = {"Origin": server.public_url}
    assert await websocket_status(browser, server, ours) == 401
    await sign_in(browser, server)
    assert await websocket_status(browser, server, {}) == 403
    page = await Page.open(browser, server.public_url)
    await page.wait(lambda text: "Welcome" in text)
    await page.close()


async def websocket_status(browser: aiohttp.ClientSession, server: WizardServer, headers: dict[str, str]) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await browser.ws_connect(f"{server.public_url}/ws", headers=headers)
    return refused.value.status


@pytest.mark.parametrize("signed_in", [True, False])
async def test_pages_load_from_here_alone_and_are_kept_nowhere(server, browser, signed_in):
    if signed_in:
        await sign_in(browser, server)
    for place in PLACES[:1] + PLACES[2:]:
        headers = (await browser.get(server.public_url + place)).headers
        policy = dict(each.strip().split(" ", 1) for each in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert {word for rule in policy.values() for word in rule.split()} <= {
            "'none'", "'self'", "'unsafe-inline'", "data:", server.public_url, f"ws://127.0.0.1:{server.port}",
        }  # fmt: skip
        assert "unsafe" not in policy["script-src"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"


async def test_the_page_names_no_other_host(server, browser):
    await sign_in(browser, server)
    text = await (await browser.get(server.public_url + "/")).text()
    assert text.replace(server.public_url, "").replace(f"ws://127.0.0.1:{server.port}", "").count("//") == 0
    assert "http" not in text.replace(server.public_url, "")


async def test_a_new_page_takes_the_place_of_the_one_before(server, browser):
    await sign_in(browser, server)
    first = await Page.open(browser, server.public_url)
    await first.wait(lambda text: "Welcome" in text)
    second = await Page.open(browser, server.public_url)
    with pytest.raises(EOFError):
        await first.wait(lambda _: False)
    await second.wait(lambda text: "Welcome" in text)
    await second.close()


async def test_it_listens_on_loopback_alone(server):
    assert server._listening.getsockname()[0] == "127.0.0.1"
