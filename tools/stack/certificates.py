"""An authority of our own for one machine, and a certificate for each process that asks.

Made once in a folder and kept. In a cluster cert-manager or a Secret brings files of the same shape.
"""

from __future__ import annotations

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from libs.kit.tls import Tls

_AUTHORITY_DAYS = 3650
# Below the 398 days that browsers and Java accept of a server.
_CERTIFICATE_DAYS = 365
_RENEW_DAYS = 30


class Certificates:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.authority = folder / "authority.pem"
        self._authority_key = folder / "authority.key"

    @classmethod
    def in_folder(cls, folder: Path) -> Certificates:
        """The authority kept in a folder, made if there is none."""
        folder.mkdir(parents=True, exist_ok=True)
        found = cls(folder)
        if not found.authority.exists():
            found._make_authority()
        return found

    def of(self, name: str) -> Tls:
        """The files of one process, made when missing or near their end. `name` is its common name and DNS name."""
        certificate, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        if not certificate.exists() or _ends_soon(certificate):
            self._issue(name, certificate, key)
        return Tls(self.authority, certificate, key)

    def _make_authority(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        named = _named("Mainstay local authority")
        made = (
            _begun(named, named, key.public_key(), _AUTHORITY_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        _write(self._authority_key, _private(key))
        _write(self.authority, made.public_bytes(serialization.Encoding.PEM))

    def _issue(self, name: str, certificate: Path, key_file: Path) -> None:
        signer = serialization.load_pem_private_key(self._authority_key.read_bytes(), None)
        if not isinstance(signer, ec.EllipticCurvePrivateKey):
            raise TypeError("the authority's key is of another kind")
        issuer = x509.load_pem_x509_certificate(self.authority.read_bytes())
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(name), x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        made = (
            _begun(issuer.subject, _named(name), key.public_key(), _CERTIFICATE_DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(_usage(signs_certificates=False), critical=True)
            # Python from 3.13 on refuses a certificate that does not say whose key signed it.
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .sign(signer, hashes.SHA256())
        )
        _write(key_file, _private(key))
        _write(certificate, made.public_bytes(serialization.Encoding.PEM))


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begun(issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # Clocks of neighbours differ.
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    # PKCS #8: what Kafka's PEM key stores read.
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _ends_soon(certificate: Path) -> bool:
    read = x509.load_pem_x509_certificate(certificate.read_bytes())
    return read.not_valid_after_utc - datetime.now(UTC) < timedelta(days=_RENEW_DAYS)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and for nobody else to read."""
    made = path.with_name(path.name + ".new")
    descriptor = os.open(made, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    made.replace(path)
