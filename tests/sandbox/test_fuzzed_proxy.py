"""The sandbox's proxy with anything in the place of a request's head: refused in one clean line, or hung up on."""

import socket

from hypothesis import given, settings

from tests.fuzzing import MANY, st

HEADS = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda method, target, version, rest: b" ".join([method, target, version]) + b"\r\n" + rest + b"\r\n\r\n",
        st.sampled_from([b"CONNECT", b"GET", b"", b"\xff", b"A" * 1000]),
        st.sampled_from(
            [*b" :443 127.0.0.1:443 localhost:443 [::1]:443 http://127.0.0.1/ * a:b:443 169.0.0.1:443".split(b" "),
             b"management.azure.com:443 ", b"x\ny:443", b"x\ry:443", b"management.azure.com\0:443", b"http://\xff/"]
        ) | st.binary(max_size=40),
        st.sampled_from([b"HTTP/1.1", b"", b"HTTP/9", b"\0"]),
        st.binary(max_size=40),
    ),
    st.just(b"CONNECT " + b"a" * 100_000),
)  # fmt: skip


@given(HEADS)
@settings(max_examples=2000 if MANY else 150)
def test_the_proxy_refuses_any_head_and_lives(cloud, head):
    port = int(cloud.environment["HTTPS_PROXY"].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as caller:
        caller.sendall(head)
        caller.shutdown(socket.SHUT_WR)
        answer = b""
        while data := received(caller):
            answer += data
    status, _, rest = answer.partition(b"\r\n")
    assert not answer or status.startswith(b"HTTP/1.1 403 "), answer
    assert not {0x0A, 0x0D, 0x00, 0x1B} & set(status), answer
    if answer:
        names = [line.split(b":")[0] for line in rest.partition(b"\r\n\r\n")[0].split(b"\r\n")]
        assert names == [b"Content-Type", b"Content-Length", b"x-mlops-sandbox", b"Connection"], answer


def received(caller):
    try:
        return caller.recv(65536)
    except ConnectionResetError:  # it had more to say than the proxy hears
        return b""
