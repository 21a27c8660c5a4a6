"""Certificates made with openssl: one is trusted, if a test says so, like that of an authority."""

import ssl
import subprocess
from pathlib import Path
from shutil import which

from tests.skipping import skip_without


class Certificate:
    """A new certificate for *name*, and the names that clients asked for in TLS (SNI)."""

    def __init__(self, folder: Path, name: str) -> None:
        openssl = which("openssl") or skip_without("openssl")
        self._file, self._key = folder / "certificate.pem", folder / "key.pem"
        self.asked: list[str | None] = []
        subprocess.run(
            [
                *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
                *("-nodes", "-days", "2", "-subj", f"/CN={name}"),
                *("-addext", f"subjectAltName=DNS:{name}"),
                *("-keyout", self._key, "-out", self._file),
            ],
            check=True,
            capture_output=True,
        )

    def server(self) -> ssl.SSLContext:
        """The context of a server that has the certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._file, self._key)
        context.sni_callback = lambda _, name, __: self.asked.append(name)
        return context

    def trusted(self) -> ssl.SSLContext:
        """The context of a client that trusts the certificate alone."""
        return ssl.create_default_context(cafile=str(self._file))
