"""The private certificate authority of one sandbox cloud, and certificates for host names on demand.

Wildcard certificates cover one label only, and the cloud's host names have several, so each name gets its
own certificate when a client first asks for it (TLS server name indication, RFC 6066).
"""

import os
import ssl
from collections.abc import Callable
from pathlib import Path

import certifi
import trustme

from wizard.sandbox.authority import ends, is_good_for_long, new_authority


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read, in one step for whoever looks at it."""
    draft = file.with_name(file.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
    draft.replace(file)


def system_bundle(ours: Path) -> bytes:
    """The certificates this machine trusts (PEM), or those of the certifi package where it names none.

    A bundle of a sandbox may be what the environment names when its `env` has been evaluated: `ours` is
    passed over.
    """
    paths = ssl.get_default_verify_paths()
    for name in (paths.cafile, paths.openssl_cafile):
        if name and Path(name).is_file() and not (ours.is_file() and Path(name).samefile(ours)):
            return Path(name).read_bytes()
    return Path(certifi.where()).read_bytes()


class CertificateAuthority:
    """One authority per sandbox folder, kept for as long as it is good, so that trust survives restarts.

    It is nowhere but in that folder: no system and no browser is told to trust it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.bundle = folder / "bundle.pem"  # what clients are told to trust: the system's and our own
        self._folder = folder
        self._authority = self._load()
        self._interceptor = trustme.CA(organization_name="Example Web Gateway")  # trusted by nobody
        self._contexts: dict[tuple[str, bool], ssl.SSLContext] = {}
        certificate: bytes = self._authority.cert_pem.bytes()
        write_private(self.bundle, system_bundle(self.bundle) + b"\n" + certificate)

    def _load(self) -> trustme.CA:
        certificate, key = self._folder / "ca.pem", self._folder / "ca.key"
        there = certificate.is_file() and key.is_file()
        if not there or not is_good_for_long(certificate.read_bytes()):
            made, private = new_authority()
            write_private(key, private)
            write_private(certificate, made)
        self._ends = ends(certificate.read_bytes())
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())

    def context_of(self, host: str, *, intercepted: bool = False) -> ssl.SSLContext:
        """The TLS context that answers for this host name; intercepted: with a certificate nobody trusts."""
        if (host, intercepted) not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            authority = self._interceptor if intercepted else self._authority
            authority.issue_cert(host, not_after=self._ends).configure_cert(context)
            self._contexts[host, intercepted] = context
        return self._contexts[host, intercepted]

    def server_context(self, owns: Callable[[str], bool], intercepted: Callable[[], bool]) -> ssl.SSLContext:
        """The context a TLS server starts with: it takes the certificate of the name the client asks for.

        Names that `owns` denies are refused during the handshake. `intercepted` says whether something stands
        in between just now.
        """
        base = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert("localhost", not_after=self._ends).configure_cert(base)

        def choose(connection: ssl.SSLObject, name: str | None, _base: ssl.SSLContext) -> int | None:
            if not name or not owns(name.lower()):
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            connection.context = self.context_of(name.lower(), intercepted=intercepted())
            return None

        base.sni_callback = choose
        return base
