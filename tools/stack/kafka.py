"""A real Kafka on one machine: one node, broker and controller in one (KRaft), on a folder of ours and on loopback.

Listeners: `inner` for Mainstay's own processes, by mutual TLS when certificates are given and else in clear; `outside`
for integrators, by TLS with an access token of the identity provider (SASL/OAUTHBEARER); the controller's like `inner`.
Whoever is not a super user may do only what an access list says.
"""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from libs.kit.children import dying_with_parent, messages_to
from libs.kit.tls import Tls
from tools.stack.issuer_keys import IssuerKeys
from tools.stack.parts import Parts, java

SUPER_USERS = ("identity", "employees", "gateway", "admin")
AUDIENCE = "mainstay-events"
# Half the start and half the memory of the defaults; see the heap too: 256 MB held a million messages of a kilobyte.
_JVM = ("-Xms64m", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")
_STOP_SECONDS = 30
_FORMAT_SECONDS = 60
_LOG4J = """\
<Configuration status="ERROR">
  <Appenders><Console name="out"><PatternLayout pattern="%d{ISO8601} %p %m (%c)%n"/></Console></Appenders>
  <Loggers>
    <Root level="WARN"><AppenderRef ref="out"/></Root>
    <Logger name="kafka.server.KafkaRaftServer" level="INFO"/>
    <Logger name="kafka.authorizer.logger" level="INFO"/>
  </Loggers>
</Configuration>
"""


class KafkaFailed(Exception):
    """The server could not be started; says where its log is."""


class KafkaServer:
    """One broker on one folder. Calls block: from a coroutine use `asyncio.to_thread`.

    `outside_port` opens the integrators' listener; it needs `tls` and the `issuer` whose tokens it takes, an OpenID
    Connect realm's address, which need not be there yet when the broker starts. `jwks` is the address of the issuer's
    keys, the realm's own when empty. `settings` override the broker's. `dies_with_parent` (Linux) ends the server
    with the thread that started it, for tests that may be killed.
    """

    def __init__(
        self,
        folder: Path,
        parts: Parts,
        *,
        inner_port: int,
        controller_port: int,
        outside_port: int | None = None,
        tls: Tls | None = None,
        issuer: str = "",
        jwks: str = "",
        super_users: Sequence[str] = SUPER_USERS,
        settings: Mapping[str, str] | None = None,
        dies_with_parent: bool = False,
        log: Path | None = None,
    ) -> None:
        if outside_port and not (tls and issuer):
            raise KafkaFailed("the integrators' listener needs certificates and an issuer")
        self.folder = folder.resolve()
        self.log = log or self.folder / "server.log"
        self.inner_port = inner_port
        self.controller_port = controller_port
        self.outside_port = outside_port
        self._parts = parts
        self._tls = tls
        self._issuer = issuer
        self._keys = IssuerKeys(jwks or f"{issuer}/protocol/openid-connect/certs", self.folder / "issuer-keys.json")
        self._super_users = super_users
        self._settings = settings or {}
        self._dies_with_parent = dies_with_parent
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The broker's process; None when none of ours runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def url(self) -> str:
        """The inner listener as the setting `bus_url` says it."""
        return f"kafka://127.0.0.1:{self.inner_port}"

    def start(self, timeout: float = 60) -> None:
        """Returns when the broker answers, in `timeout` seconds at most. Raises KafkaFailed."""
        if self.pid is not None:
            return
        deadline = time.monotonic() + timeout
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.folder / "log4j2.xml").write_text(_LOG4J)
        configuration = self.folder / "server.properties"
        configuration.touch(mode=0o600)
        configuration.write_text("".join(f"{name}={value}\n" for name, value in self._properties().items()))
        if self.outside_port:
            self._keys.start()
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(configuration)
        with messages_to(self.log) as log:
            self._process = subprocess.Popen(
                self._java("kafka.Kafka", str(configuration)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                # Ctrl-C in the terminal reaches us, and we stop the broker when its clients are gone.
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGKILL) if self._dies_with_parent else None,  # noqa: PLW1509
            )
        self._await_ready(deadline)

    def stop(self) -> None:
        """Ends the broker cleanly. Without effect when none runs."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """What a crash does: the broker ends at once and recovers its log at the next start. For fault tests."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        self._keys.stop()
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._process = None

    def _java(self, program: str, *arguments: str) -> list[str]:
        found = java()
        if found is None:
            raise KafkaFailed("no Java to run Kafka with")
        allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={self._keys.file.as_uri()}"
        own = (f"-Dlog4j2.configurationFile={self.folder}/log4j2.xml", "-Djava.awt.headless=true", allowed)
        return [str(found), *_JVM, *own, "-cp", f"{self._parts.kafka}/*", program, *arguments]

    def _format(self, configuration: Path) -> None:
        # One in 64 would begin with a dash, which the tool takes for an option.
        cluster = "M" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        command = self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(configuration))
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_FORMAT_SECONDS)
        if done.returncode:
            raise KafkaFailed(f"Kafka could not format {self.folder}: {(done.stderr or done.stdout).strip()}")

    def _await_ready(self, deadline: float) -> None:
        """A port of the broker opens when it has joined the cluster and serves."""
        while time.monotonic() < deadline:
            if self.pid is None:
                raise KafkaFailed(f"Kafka ended while starting, see {self.log}")
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.inner_port), timeout=1):
                return
            time.sleep(0.05)
        self.stop()
        raise KafkaFailed(f"Kafka did not get ready in time, see {self.log}")

    def _properties(self) -> dict[str, str]:
        inner = "SSL" if self._tls else "PLAINTEXT"
        # By certificate: a system that somebody calls `admin` at the issuer is not one of these. The broker is a client
        # of its controller too, under the name in its own certificate.
        names = [f"CN={name}" for name in (*self._super_users, "kafka")] if self._tls else ["ANONYMOUS"]
        listeners = {"INNER": (inner, self.inner_port), "CONTROLLER": (inner, self.controller_port)}
        if self.outside_port:
            listeners["OUTSIDE"] = ("SASL_SSL", self.outside_port)
        addresses = {name: f"{name}://127.0.0.1:{port}" for name, (_, port) in listeners.items()}
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "INNER",
            "listeners": ",".join(addresses.values()),
            "advertised.listeners": ",".join(at for name, at in addresses.items() if name != "CONTROLLER"),
            "listener.security.protocol.map": ",".join(f"{name}:{how}" for name, (how, _) in listeners.items()),
            "log.dirs": str(self.folder / "data"),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": ";".join(f"User:{name}" for name in names),
            **_ONE_NODE,
            **self._tls_properties(),
            **self._oauth_properties(),
            **self._settings,
        }

    def _tls_properties(self) -> dict[str, str]:
        if self._tls is None:
            return {}
        identity = self.folder / "identity.pem"
        identity.touch(mode=0o600)
        identity.write_bytes(_as_pkcs8(self._tls.key.read_bytes()) + self._tls.certificate.read_bytes())
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(identity),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self._tls.authority),
            "ssl.client.auth": "required",
        }

    def _oauth_properties(self) -> dict[str, str]:
        if not self.outside_port:
            return {}
        at = "listener.name.outside"
        module = "org.apache.kafka.common.security.oauthbearer"
        return {
            f"{at}.ssl.client.auth": "none",
            f"{at}.sasl.enabled.mechanisms": "OAUTHBEARER",
            f"{at}.oauthbearer.sasl.server.callback.handler.class": f"{module}.OAuthBearerValidatorCallbackHandler",
            f"{at}.oauthbearer.sasl.oauthbearer.jwks.endpoint.url": self._keys.file.as_uri(),
            f"{at}.oauthbearer.sasl.oauthbearer.expected.audience": AUDIENCE,
            f"{at}.oauthbearer.sasl.oauthbearer.expected.issuer": self._issuer,
            # Keycloak names the client there; `sub` is the service account's number.
            f"{at}.oauthbearer.sasl.oauthbearer.sub.claim.name": "azp",
            f"{at}.oauthbearer.sasl.jaas.config": f"{module}.OAuthBearerLoginModule required;",
            # A connection whose token has run out must show a new one.
            f"{at}.oauthbearer.connections.max.reauth.ms": "3600000",
        }


def _as_pkcs8(key: bytes) -> bytes:
    """The only form of a PEM key that Kafka reads; a Secret may hold another."""
    read = serialization.load_pem_private_key(key, None)
    return read.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


_ONE_NODE = {
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # After a crash the broker waits for its own last session to end before it may serve again: 9 s by default.
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "1000",
    # Members of a group begin at once instead of waiting for others to come too.
    "group.initial.rebalance.delay.ms": "0",
    # A process that was killed is out of its groups after this.
    "group.min.session.timeout.ms": "3000",
}
