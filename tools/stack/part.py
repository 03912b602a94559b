"""One part of the stack as the only process of a container, for trying Mainstay on a cluster (`Dockerfile.evaluation`).

python -m tools.stack.part postgres    PostgreSQL on 5432, with a role and a database for each file of passwords
python -m tools.stack.part kafka       Kafka: 9092 for Mainstay, 9094 for integrators where an issuer is named
python -m tools.stack.part keycloak    Keycloak on 8080 (8443 with a certificate), health on 9000
python -m tools.stack.part assemble    while the image is built: fetches Kafka and Keycloak, builds the latter

The servers are those of `make stack`, with the same settings; only where they listen and whom they know is told by
variables, which `PartSettings` lists. What they keep lies in the data folder, a volume. Their messages go to standard
output. SIGTERM ends a part cleanly; when a part dies its container does, and the cluster begins it anew.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.kit.children import CONSOLE
from libs.kit.postgres import SUPERUSER, PostgresFailed, PostgresServer, literal
from libs.kit.tls import Tls
from tools.stack import parts
from tools.stack.kafka import SUPER_USERS, KafkaFailed, KafkaServer
from tools.stack.keycloak import (
    ADMIN_PASSWORD,
    ADMIN_USERNAME,
    BACK_CHANNEL_URL,
    BUILD,
    CLIENT_SECRETS,
    REALM_FILE,
    THEME_FOLDER,
    KeycloakFailed,
    KeycloakServer,
)
from tools.stack.processes import Part

# Where `assemble` puts what it fetched.
PLACE = Path("/opt/stack")
# There while the part answers, for a probe: test -f /tmp/ready
READY = Path("/tmp/ready")  # noqa: S108 - a container's own
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - a container's only process
_WATCH_SECONDS = 0.5
# Nobody is an administrator by network; everybody else may reach their own database.
_WHO_MAY_COME = f"local all all trust\nhost all {SUPERUSER} all reject\nhost all all all scram-sha-256\n"


class PartSettings(BaseSettings):
    """What the parts may be told. Variables begin with `MAINSTAY_`."""

    model_config = SettingsConfigDict(env_prefix="MAINSTAY_", extra="ignore", hide_input_in_errors=True)

    part_data: Path = Field(default=Path("/data"), description="Folder of what is kept: a volume")
    tls_authority: Path | None = Field(default=None, description="PEM file of the authority of Mainstay's processes")
    tls_certificate: Path | None = Field(default=None, description="PEM file of the part's own certificate")
    tls_key: Path | None = Field(default=None, description="PEM file of that certificate's key")

    database_passwords: Path = Field(
        default=Path("/run/secrets/databases"),
        description="PostgreSQL: folder with a file for each database, named as it and its role, holding the password",
    )
    postgres_connections: int = Field(default=300, ge=20, le=5000, description="PostgreSQL: connections at most")

    kafka_host: str = Field(default="localhost", description="Kafka: the name by which Mainstay's processes reach it")
    kafka_super_users: str = Field(
        default=",".join(SUPER_USERS), description="Kafka: names in the certificates of those who may do everything"
    )
    kafka_outside: str = Field(default="localhost:9094", description="Kafka: host:port told to integrators")
    issuer: str = Field(default="", description="Kafka: issuer of integrators' tokens; none are let in when empty")
    issuer_keys: str = Field(default="", description="Kafka: address of the issuer's keys, as it is reached from here")

    keycloak_address: str = Field(default="http://localhost:8080", description="Keycloak: as browsers reach it")
    database_url: SecretStr = Field(default=SecretStr(""), description="Keycloak: address of its database")
    public_url: str = Field(default="http://localhost:8080", description="Keycloak: the portal's address")
    realm_file: Path = Field(default=REALM_FILE, description="Keycloak: the realm it begins with")

    @property
    def tls(self) -> Tls | None:
        if not (self.tls_authority and self.tls_certificate and self.tls_key):
            return None
        return Tls(self.tls_authority, self.tls_certificate, self.tls_key)

    def databases(self) -> Mapping[str, str]:
        """Passwords by database. Raises PostgresFailed for a name that is no plain word."""
        found = dict(_contents(self.database_passwords))
        for name in found:
            if not name.isidentifier():
                raise PostgresFailed(f"{self.database_passwords}: {name} cannot be a database's name")
        return found


def _contents(folder: Path) -> Iterator[tuple[str, str]]:
    # Kubernetes keeps links of its own among a Secret's files; their names begin with two dots.
    for file in sorted(folder.glob("[!.]*")):
        yield file.name, file.read_text().strip()


def postgres(settings: PartSettings) -> tuple[Part, Callable[[], None]]:
    folder = settings.part_data / "postgres"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    who = folder / "who-may-come.conf"
    who.write_text(_WHO_MAY_COME)
    if (folder / "data").exists():
        # A volume mounted with a group of its own gets that group's rights on everything; PostgreSQL refuses them.
        (folder / "data").chmod(0o700)
    server = PostgresServer(
        folder,
        settings={
            "listen_addresses": "*",
            "hba_file": str(who),
            "max_connections": str(settings.postgres_connections),
            # What the container has left is for connections, some 6 MB each.
            "shared_buffers": "128MB",
        },
        log=CONSOLE,
    )
    return server, lambda: _make_databases(server, settings.databases())


def _make_databases(server: PostgresServer, passwords: Mapping[str, str]) -> None:
    """A role for each database, which owns it and which alone may come in. Repeating it sets the passwords anew."""
    known = server.psql("SELECT rolname FROM pg_roles;").splitlines()
    server.psql("".join(f"CREATE ROLE {name};\n" for name in passwords if name not in known))
    server.psql("".join(f"ALTER ROLE {name} LOGIN PASSWORD {literal(word)};\n" for name, word in passwords.items()))
    server.ensure_databases(passwords)
    server.psql(
        "".join(
            f"ALTER DATABASE {name} OWNER TO {name}; REVOKE ALL ON DATABASE {name} FROM PUBLIC;\n" for name in passwords
        )
    )


def kafka(settings: PartSettings) -> tuple[Part, Callable[[], None]]:
    inner, controller, outside = 9092, 9093, 9094
    listeners = {"INNER": inner, "CONTROLLER": controller}
    told = {"INNER": f"{settings.kafka_host}:{inner}"}
    if settings.issuer:
        listeners["OUTSIDE"] = outside
        told["OUTSIDE"] = settings.kafka_outside
    server = KafkaServer(
        settings.part_data / "kafka",
        parts.Parts(PLACE / "kafka", PLACE / "keycloak"),
        inner_port=inner,
        controller_port=controller,
        outside_port=outside if settings.issuer else None,
        tls=settings.tls,
        issuer=settings.issuer,
        jwks=settings.issuer_keys,
        super_users=settings.kafka_super_users.split(","),
        settings={
            "listeners": ",".join(f"{name}://{_EVERYWHERE}:{port}" for name, port in listeners.items()),
            "advertised.listeners": ",".join(f"{name}://{where}" for name, where in told.items()),
        },
        log=CONSOLE,
    )
    return server, _nothing


def keycloak(settings: PartSettings) -> tuple[Part, Callable[[], None]]:
    # The image's `data` leads there.
    (settings.part_data / "keycloak" / "data").mkdir(parents=True, exist_ok=True)
    # Else each question whether it is ready, before it is, stands in its log.
    options = ["--hostname-backchannel-dynamic=true", "--log-level=INFO,io.smallrye.health:ERROR"]
    if settings.tls_certificate and settings.tls_key:
        options += [
            "--https-port=8443",
            f"--https-certificate-file={settings.tls_certificate}",
            f"--https-certificate-key-file={settings.tls_key}",
        ]
    wanted = (ADMIN_USERNAME, ADMIN_PASSWORD, BACK_CHANNEL_URL, *CLIENT_SECRETS.values())
    server = KeycloakServer(
        settings.part_data / "keycloak",
        PLACE / "keycloak",
        port=8080,
        management_port=9000,
        database_url=settings.database_url.get_secret_value(),
        secrets={name: os.environ[name] for name in wanted if name in os.environ},
        realm_file=settings.realm_file,
        public_url=settings.public_url,
        options=options,
        home=PLACE / "keycloak",
        listen=_EVERYWHERE,
        address=settings.keycloak_address,
        log=CONSOLE,
    )
    return server, _nothing


def _nothing() -> None:
    """All is done when the part answers."""


PARTS: Mapping[str, Callable[[PartSettings], tuple[Part, Callable[[], None]]]] = {
    "postgres": postgres,
    "kafka": kafka,
    "keycloak": keycloak,
}


class _Told(Exception):
    """SIGTERM or SIGINT."""


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _Told


def serve(part: Part, prepare: Callable[[], None]) -> str:
    """Runs a part until it is told to end; what went wrong when it ended by itself, else nothing."""
    READY.unlink(missing_ok=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        part.start()
        prepare()
        READY.touch()
        while part.pid is not None:
            time.sleep(_WATCH_SECONDS)
    except _Told:
        return ""
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        READY.unlink(missing_ok=True)
        part.stop()
    return "the part ended by itself"


def assemble(place: Path = PLACE) -> None:
    """Puts Kafka and a built Keycloak with Mainstay's theme into an image. Raises PartsFailed."""
    fetched = parts.fetch()
    place.mkdir(parents=True)
    shutil.move(fetched.kafka, place / "kafka")
    home = place / "keycloak"
    shutil.move(fetched.keycloak, home)
    subprocess.run([str(home / "bin" / "kc.sh"), "build", *BUILD], check=True)
    shutil.rmtree(home / "themes")
    (home / "themes").symlink_to(THEME_FOLDER)
    shutil.rmtree(home / "data", ignore_errors=True)
    (home / "data").symlink_to(PartSettings.model_fields["part_data"].default / "keycloak" / "data")


def main() -> None:
    match sys.argv[1:]:
        case ["assemble"]:
            assemble()
        case [name] if name in PARTS:
            try:
                sys.exit(serve(*PARTS[name](PartSettings())) or 0)
            except (PostgresFailed, KafkaFailed, KeycloakFailed, ValidationError) as failed:
                sys.exit(str(failed))
        case _:
            sys.exit(f"name one of: {', '.join(PARTS)}")


if __name__ == "__main__":
    main()
