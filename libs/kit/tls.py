"""TLS between Mainstay's own processes, both sides showing a certificate of the company's authority (mutual TLS).

A process's certificate names what it is (`identity`, `gateway`) as a DNS name; a caller asks for exactly that name,
whatever address it reached, so the same files serve on one machine, behind a load balancer and in a cluster.

Files may be renewed at any time: every new connection, taken or made, is begun with the files as they are then, and
those that are there go on. Files that cannot be used (half of them written, gone) leave the last good ones in use.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import grpc
import structlog

T = TypeVar("T")
log = structlog.get_logger()


class Renewed(Generic[T]):
    """What `make` makes of files, made anew when one of them is another. Raises what `make` raises, but only here.

    May be asked by any thread.
    """

    def __init__(self, make: Callable[[], T], *files: Path) -> None:
        self._make = make
        self._files = files
        self._turn = threading.Lock()
        # Before they are read: what changes meanwhile is another state.
        self._state = self._look()
        self._made = make()

    def now(self) -> T:
        """Made of the files as they are, or of the last ones that could be used. The same object until they change."""
        with self._turn:
            state = self._look()
            if state != self._state:
                self._state = state
                try:
                    self._made = self._make()
                except (OSError, ValueError) as error:
                    log.warning("renewed certificate not taken up", file=str(self._files[0]), error=str(error))
                else:
                    log.info("renewed certificate taken up", file=str(self._files[0]))
            return self._made

    def _look(self) -> list[tuple[int, ...]]:
        """4 µs a file: it is asked at each call."""
        found: list[tuple[int, ...]] = []
        for file in self._files:
            try:
                # Of the file at a link's end: Kubernetes turns a link to a folder of new files.
                about = file.stat()
                found.append((about.st_ino, about.st_mtime_ns, about.st_size))
            except OSError:
                found.append(())
        return found


class _Following(ssl.SSLContext):
    """Stands for the context that its files make: what a connection begins with is decided when it begins."""

    _renewed: Renewed[ssl.SSLContext]

    def __init__(self, _protocol: int, made: Renewed[ssl.SSLContext]) -> None:
        super().__setattr__("_renewed", made)

    def __setattr__(self, name: str, value: object) -> None:
        # Silence would be dangerous: what is set here holds for no connection.
        msg = f"{name} is for whoever makes the context to say"
        raise AttributeError(msg)

    def wrap_bio(self, *given: Any, **named: Any) -> ssl.SSLObject:
        return self._renewed.now().wrap_bio(*given, **named)

    def wrap_socket(self, *given: Any, **named: Any) -> ssl.SSLSocket:
        return self._renewed.now().wrap_socket(*given, **named)


@dataclass(frozen=True)
class Tls:
    """Files in PEM: the authority, this process's certificate with its chain, and its key."""

    authority: Path
    certificate: Path
    key: Path

    def server(self) -> Any:
        """GRPC server credentials: callers must show a certificate of the authority too."""
        return server_credentials(self.certificate, self.key, callers=self.authority)

    def client(self) -> Renewed[Any]:
        """GRPC channel credentials. A channel keeps those it was made with: for other ones there must be another."""

        def make() -> Any:
            _usable(self.certificate, self.key, self.authority)
            return grpc.ssl_channel_credentials(
                root_certificates=self.authority.read_bytes(),
                private_key=self.key.read_bytes(),
                certificate_chain=self.certificate.read_bytes(),
            )

        return Renewed(make, self.certificate, self.key, self.authority)

    def context(self) -> ssl.SSLContext:
        """For clients of anything else that speaks TLS, Kafka for one."""

        def make() -> ssl.SSLContext:
            made = ssl.create_default_context(cafile=str(self.authority))
            made.load_cert_chain(self.certificate, self.key)
            return made

        return _Following(ssl.PROTOCOL_TLS_CLIENT, Renewed(make, self.certificate, self.key, self.authority))


def trusting(authority: Path) -> ssl.SSLContext:
    """For clients that show no certificate: `authority` alone, a file in PEM, vouches for whom they ask."""

    def make() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(authority))

    return _Following(ssl.PROTOCOL_TLS_CLIENT, Renewed(make, authority))


def server_credentials(certificate: Path, key: Path, *, callers: Path | None = None) -> Any:
    """Of a gRPC server. `callers`: the authority of which they must show a certificate; None: they need not."""

    def make() -> Any:
        _usable(certificate, key, callers)
        return grpc.ssl_server_certificate_configuration(
            [(key.read_bytes(), certificate.read_bytes())],
            root_certificates=callers.read_bytes() if callers else None,
        )

    renewed = Renewed(make, certificate, key, *([callers] if callers else []))
    given = renewed.now()

    def fetch() -> Any:
        """Asked at each handshake: a configuration to go on with, None for that of the last time."""
        nonlocal given
        found = renewed.now()
        if found is given:
            return None
        given = found
        return found

    return grpc.dynamic_ssl_server_credentials(given, fetch, require_client_authentication=callers is not None)


def server_context(make: Callable[[], ssl.SSLContext], certificate: Path, key: Path) -> ssl.SSLContext:
    """For servers of anything else. `make` loads the two files into a context and says what else holds for it."""
    return _Following(ssl.PROTOCOL_TLS_SERVER, Renewed(make, certificate, key))


def _usable(certificate: Path, key: Path, authority: Path | None) -> None:
    """Raises OSError or ValueError. gRPC itself would only find out at the first connection, and say so to nobody."""
    tried = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tried.load_cert_chain(certificate, key)
    if authority is not None:
        tried.load_verify_locations(authority)
