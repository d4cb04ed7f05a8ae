"""An authority of one's own and what it signed, made anew for each run."""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = "0.0.0.0"  # no loopback by its name, so that a proxy is used, and leads to this machine all the same


class Authority:
    """An authority whose certificate lies in a folder.

    Attributes:
        path: The PEM file that has to be trusted.
        folder: The folder that holds nothing else.
    """

    def __init__(self, folder: Path):
        self.folder = folder / "authority"
        self.folder.mkdir()
        self.path = self.folder / "authority.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of one's own")])
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        own = self._builder(self._name, self._key, days=(-1, 365)).add_extension(constraints, critical=True)
        self.path.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        self._signed = folder

    def sign(self, name: str, host: str = HERE, days: tuple[int, int] = (-1, 90)) -> Path:
        """A PEM file with a certificate for a host and its key, good between these days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        if host == HERE:
            names = [x509.IPAddress(ipaddress.ip_address(HERE)), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        else:
            names = [x509.DNSName(host)]
        builder = self._builder(subject, key, days).add_extension(x509.SubjectAlternativeName(names), critical=False)
        signed = builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = self._signed / f"{name}.pem"
        path.write_bytes(signed + private)
        return path

    def _builder(self, subject, key, days):
        now = datetime.datetime.now(datetime.UTC)
        begin, end = (now + datetime.timedelta(days=day) for day in days)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
        )
