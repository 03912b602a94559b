"""Certificates and the key ring of a release in a cluster, changed the way docs/guides/rotate.md says."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.support.cluster import Release

_SERVED = """
import hashlib, socket, ssl, sys
folder = "/etc/mainstay/tls/"
context = ssl.create_default_context(cafile=folder + "ca.crt")
context.check_hostname = False
context.load_cert_chain(folder + "tls.crt", folder + "tls.key")
context.set_alpn_protocols(["h2"])
with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)) as one:
    print(hashlib.sha256(one.getpeercert(True)).hexdigest())
"""
_MOUNTED = """
import hashlib, pathlib, ssl
pem = pathlib.Path("/etc/mainstay/tls/tls.crt").read_text()
print(hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest())
"""
_GRPC = "50051"


@dataclass(frozen=True)
class Authority:
    """Who vouches for a release's processes."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @classmethod
    async def of(cls, release: Release) -> Self:
        held = await secret(release, "authority")
        key = serialization.load_pem_private_key(held["tls.key"], None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return cls(x509.load_pem_x509_certificate(held["tls.crt"]), key)

    def renewed(self, former: bytes, span: timedelta) -> tuple[bytes, bytes]:
        """A certificate and key in PEM: the names and uses of `former`, good from a minute ago for `span` from now."""
        old, key, now = (
            x509.load_pem_x509_certificate(former),
            ec.generate_private_key(ec.SECP256R1()),
            datetime.now(UTC),
        )
        made = (
            x509.CertificateBuilder()
            .subject_name(old.subject)
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + span)
        )
        for kind in (x509.SubjectAlternativeName, x509.KeyUsage, x509.ExtendedKeyUsage, x509.BasicConstraints):
            extension = old.extensions.get_extension_for_class(kind)
            made = made.add_extension(extension.value, extension.critical)
        pem = serialization.Encoding.PEM
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return made.sign(self.key, hashes.SHA256()).public_bytes(pem), private


async def secret(release: Release, name: str) -> dict[str, bytes]:
    """What a Secret of the release holds."""
    found = json.loads(await release.kubectl("get", "secret", f"{release.name}-{name}", "-o", "json"))
    return {key: base64.b64decode(value) for key, value in found["data"].items()}


async def put(release: Release, name: str, **values: bytes) -> None:
    """Changes these keys of a Secret (`tls_crt` is `tls.crt`) and keeps the others."""
    data = {key.replace("_", "."): base64.b64encode(value).decode() for key, value in values.items()}
    patch = ("patch", "secret", f"{release.name}-{name}", "--patch-file", "/dev/stdin")
    await release.kubectl(*patch, given=json.dumps({"data": data}))


async def renew(release: Release, authority: Authority, programs: Iterable[str], span: timedelta) -> dict[str, str]:
    """Gives each program a certificate of its own for `span`. Returns the digests by program."""
    digests = {}
    for name in programs:
        certificate, key = authority.renewed((await secret(release, f"tls-{name}"))["tls.crt"], span)
        await put(release, f"tls-{name}", tls_crt=certificate, tls_key=key)
        der = x509.load_pem_x509_certificate(certificate).public_bytes(serialization.Encoding.DER)
        digests[name] = sha256(der).hexdigest()
        # A pod that changes is looked at there and then, and not within the next minute: so are its files.
        pods = await release.names(name)
        await release.kubectl("annotate", "pod", *pods, f"tests/renewed={digests[name][:12]}", "--overwrite")
    return digests


async def mounted(release: Release, program: str) -> str:
    """The digest of the certificate that a program's pod has before it."""
    return (await release.python(program, _MOUNTED)).strip()


async def served(release: Release, program: str) -> str:
    """The digest of the certificate that a service shows to whoever calls it."""
    return (await release.python(program, _SERVED, _GRPC)).strip()
