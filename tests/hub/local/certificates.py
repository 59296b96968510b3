"""Certificates and kubeconfigs of a local hub: every part is a user of its own, so that RBAC holds as on a cluster."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from argosy.data.regions import ZONES
from argosy.simulator.aws import domain
from tests.hub.local.home import Home, Port

LIFETIME = timedelta(days=365)

USERS = {
    # Stories do what administrators do, and what policies of examples/setup refuse to these: as all groups at once.
    "admin": ("admin", "system:masters", "argosy-platform", "argosy-break-glass"),
    # It acts as the service accounts of its own controllers, for which RBAC's bootstrap has no role.
    "controller-manager": ("system:kube-controller-manager", "system:masters"),
}
"""Who comes with a certificate: name of the kubeconfig, user and groups for RBAC. The others are service accounts."""


def write_pki(home: Home) -> None:
    """Writes all certificates, keys, tokens and kubeconfigs of the hub, once."""
    if home.kubeconfig_of("spoke-admin").exists():  # the last one: nothing was interrupted
        return
    hub, spoke = _Authority("hub"), _Authority("spoke")
    hub.write(home.pki / "hub")
    spoke.write(home.pki / "spoke")
    local: tuple[x509.GeneralName, ...] = (x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1")))
    hub.server(home.pki / "apiserver", [*local, x509.DNSName("kubernetes.default.svc")])
    for server in ("function", "webhooks"):
        hub.server(home.pki / server, local)
    hub.client(home.pki / "function-client", "crossplane")
    endpoints = [x509.DNSName(f"*.gr7.{region}.eks.{domain(region)}") for region in ZONES]
    spoke.server(home.pki / "spoke-apiserver", [*local, *endpoints])
    _write_service_account_keys(home.pki / "service-accounts")
    _write_spoke_token(home.pki / "spoke-token")
    for name, (user, *groups) in USERS.items():
        hub.client(home.pki / name, user, *groups)
        _write_kubeconfig(home, name, "hub", _certificate(home.pki / name))
    spoke.client(home.pki / "spoke-admin", "admin", "system:masters")
    _write_kubeconfig(home, "spoke-admin", "spoke", _certificate(home.pki / "spoke-admin"))


def write_account(home: Home, namespace: str, name: str, token: str) -> None:
    """Writes the kubeconfig of a service account of the hub, named after it, and its token beside it as a file."""
    folder = home.pki / name
    folder.mkdir(parents=True, exist_ok=True)
    _write_secret(folder / "token", token.encode())
    _write_kubeconfig(home, name, "hub", {"tokenFile": str(folder / "token")}, namespace=namespace)


class _Authority:
    """A certificate authority."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"argosy-{name}")])
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        self._certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def write(self, folder: Path) -> None:
        """Writes the certificate alone: the authority's key ends with this process."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ca.crt").write_bytes(self._certificate.public_bytes(Encoding.PEM))

    def server(self, folder: Path, names: Sequence[x509.GeneralName]) -> None:
        """Writes a server's certificate for these names."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, folder.name)])
        self._issue(folder, subject, ExtendedKeyUsageOID.SERVER_AUTH, names)

    def client(self, folder: Path, user: str, *groups: str) -> None:
        """Writes a client's certificate: the user is its common name, the groups are its organisations."""
        organisations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
        subject = x509.Name([*organisations, x509.NameAttribute(NameOID.COMMON_NAME, user)])
        self._issue(folder, subject, ExtendedKeyUsageOID.CLIENT_AUTH, ())

    def _issue(
        self, folder: Path, subject: x509.Name, usage: x509.ObjectIdentifier, names: Sequence[x509.GeneralName]
    ) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(subject, key.public_key()).add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        self.write(folder)
        certificate = builder.sign(self._key, hashes.SHA256())
        (folder / "tls.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
        _write_secret(folder / "tls.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + LIFETIME)
        )


def _write_secret(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def _write_service_account_keys(folder: Path) -> None:
    """Writes the pair by which the API server signs tokens of service accounts and checks them."""
    folder.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _write_secret(folder / "sa.key", key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "sa.pub").write_bytes(public)


def _write_spoke_token(folder: Path) -> None:
    """Writes what stands for an IAM session on the spoke, and whom the spoke takes it for."""
    folder.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(16)
    _write_secret(folder / "token", token.encode())
    _write_secret(folder / "users.csv", f'{token},argosy-hub,argosy-hub,"argosy:hub"\n'.encode())


def _text(path: Path) -> str:
    return b64encode(path.read_bytes()).decode()


def _certificate(folder: Path) -> dict[str, str]:
    return {
        "client-certificate-data": _text(folder / "tls.crt"),
        "client-key-data": _text(folder / "tls.key"),
    }


def _write_kubeconfig(
    home: Home, name: str, cluster: str, credentials: dict[str, str], *, namespace: str = "default"
) -> None:
    port = home.port({"hub": Port.API_SERVER, "spoke": Port.SPOKE}[cluster])
    server = {
        "server": f"https://127.0.0.1:{port}",
        "certificate-authority-data": _text(home.pki / cluster / "ca.crt"),
    }
    context = {"cluster": cluster, "user": name, "namespace": namespace}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": cluster,
        "clusters": [{"name": cluster, "cluster": server}],
        "users": [{"name": name, "user": credentials}],
        "contexts": [{"name": cluster, "context": context}],
    }
    path = home.kubeconfig_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_secret(path, yaml.safe_dump(config, sort_keys=False).encode())
