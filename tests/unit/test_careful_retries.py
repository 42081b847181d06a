"""A request that may have made something is never sent twice; one that only reads, or never arrived, is tried again."""

from http.client import RemoteDisconnected

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ProxyError
from urllib3.util import Retry

from tests.unit.wire import install
from wizard.clients.careful_retries import CarefulRetry
from wizard.clients.databricks import Databricks, TokenSignIn
from wizard.engine.errors import UnreachableError
from wizard.engine.secrets import Secret

LOST = ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
REFUSED = MaxRetryError(None, "/", NewConnectionError(None, "[Errno 111] Connection refused"))


@pytest.fixture
def databricks(monkeypatch):
    """A workspace, and the wire below it."""
    wire = install(monkeypatch)
    found = Databricks("adb-1.2.azuredatabricks.net", TokenSignIn(Secret("dapi0")))
    wire.asked.clear()
    return found, wire


def lost(method, error):
    """What `requests` raises when such a request gets no answer."""
    return requests.ConnectionError(error, request=requests.Request(method, "https://x").prepare())


def make_token(found):
    found.tokens.create("wine", 1)


def make_cluster(found):
    found.clusters.create_single_node("wine", "16.4.x-cpu-ml-scala2.12", "Standard_D4s_v3", 20, {}, "me")


@pytest.mark.parametrize("make", [make_token, make_cluster])
@pytest.mark.parametrize(("error", "again"), [(LOST, False), (REFUSED, True)])
def test_what_makes_something_is_sent_again_only_if_it_cannot_have_arrived(databricks, make, error, again):
    found, wire = databricks
    wire.body = lost("POST", error)
    with pytest.raises(UnreachableError) as caught:
        make(found)
    assert (len(wire.asked) > 1) is again, wire.asked
    assert caught.value.fix


@pytest.mark.parametrize(
    ("cause", "again"),
    [
        (OSError("Tunnel connection failed: 502 Bad Gateway"), True),
        (RemoteDisconnected("Remote end closed connection without response"), False),
    ],
)
def test_behind_a_proxy_a_lost_answer_is_told_from_a_closed_way(databricks, cause, again):
    found, wire = databricks
    request = requests.Request("POST", "https://x").prepare()
    reason = MaxRetryError(None, "/", ProxyError("Unable to connect to proxy", cause))
    wire.body = requests.exceptions.ProxyError(reason, request=request)
    with pytest.raises(UnreachableError):
        make_token(found)
    assert (len(wire.asked) > 1) is again


def test_what_only_reads_is_tried_again(databricks):
    found, wire = databricks
    wire.body = lost("GET", LOST)
    with pytest.raises(UnreachableError):
        found.tokens.list()
    assert len(wire.asked) > 1


NO_ANSWER = ProxyError("Unable to connect to proxy", RemoteDisconnected("Remote end closed connection"))
NO_TUNNEL = ProxyError("Unable to connect to proxy", OSError("Tunnel connection failed: 502 Bad Gateway"))


@pytest.mark.parametrize(
    ("method", "error", "again"),
    [("POST", NO_ANSWER, False), ("PATCH", NO_ANSWER, False), ("GET", NO_ANSWER, True), ("POST", NO_TUNNEL, True)],
)
def test_azure_devops_is_asked_twice_only_for_what_cannot_be_done_twice(method, error, again):
    assert Retry(2).increment(method, "/", error=error), "urllib3 minds no method here"
    careful = CarefulRetry(2)
    if again:
        assert isinstance(careful.increment(method, "/", error=error), CarefulRetry)
    else:
        with pytest.raises(ProxyError):
            careful.increment(method, "/", error=error)
