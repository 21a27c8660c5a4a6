"""A certificate for localhost that an intermediate authority signed, which an authority signed."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Key = ec.EllipticCurvePrivateKey


class ChainedCertificate:
    """A certificate that is valid until so many *days* from now, perhaps in the past.

    The server sends that of the intermediate authority too if it *sends_chain*.
    """

    def __init__(self, folder: Path, days: int, *, sends_chain: bool = True) -> None:
        self._file, self._root = folder / "server.pem", folder / "root.pem"
        root_key, key, own_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        root = _signed("Root", root_key, "Root", root_key, 30, is_authority=True)
        between = _signed("Between", key, "Root", root_key, 30, is_authority=True)
        own = _signed("localhost", own_key, "Between", key, days, is_authority=False)
        secret = own_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        chain = _pem(own) + (_pem(between) if sends_chain else b"")
        self._file.write_bytes(secret + chain)
        self._root.write_bytes(_pem(root))
        if sends_chain:
            self._file.write_bytes(secret + chain + _pem(root))

    def server(self) -> ssl.SSLContext:
        """The context of a server that has the certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._file)
        return context

    def trusted(self) -> ssl.SSLContext:
        """The context of a client that trusts the authority alone."""
        return ssl.create_default_context(cafile=str(self._root))


def _signed(
    name: str, key: Key, issuer: str, issuer_key: Key, days: int, *, is_authority: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        # Those that RFC 5280, section 4.2.1, requires; Python 3.13 and newer refuse a chain without them.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .add_extension(_usage(is_authority=is_authority), critical=True)
    )
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
