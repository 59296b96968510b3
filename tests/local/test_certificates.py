"""Certificates of a local hub: each holds for its own authority only, for the names it is reached by, and no longer."""

from __future__ import annotations

import stat
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from argosy.data.regions import ZONES
from argosy.simulator.aws import domain
from tests.hub.local.certificates import write_account, write_pki
from tests.hub.local.home import Home, Port

SERVERS = {"apiserver": "hub", "function": "hub", "webhooks": "hub", "spoke-apiserver": "spoke"}
CLIENTS = {"admin": "hub", "controller-manager": "hub", "function-client": "hub", "spoke-admin": "spoke"}
MASTERS = {"admin", "controller-manager", "spoke-admin"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    found = Home(tmp_path_factory.mktemp("hub"))
    write_pki(found)
    yield found


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def names(cert: x509.Certificate) -> set[str]:
    found = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in found}


@pytest.mark.parametrize("name", [*SERVERS, *CLIENTS])
def test_each_certificate_verifies_against_its_own_authority_alone(name: str, home: Home) -> None:
    own = (SERVERS | CLIENTS)[name]
    other = {"hub": "spoke", "spoke": "hub"}[own]
    cert = certificate(home.pki / name / "tls.crt")
    cert.verify_directly_issued_by(certificate(home.pki / own / "ca.crt"))
    with pytest.raises((InvalidSignature, ValueError)):
        cert.verify_directly_issued_by(certificate(home.pki / other / "ca.crt"))
    assert (home.pki / name / "ca.crt").read_bytes() == (home.pki / own / "ca.crt").read_bytes()
    (usage,) = cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert usage == (ExtendedKeyUsageOID.SERVER_AUTH if name in SERVERS else ExtendedKeyUsageOID.CLIENT_AUTH)
    assert cert.not_valid_before_utc < datetime.now(UTC) < cert.not_valid_after_utc


def test_every_folder_with_a_certificate_is_known_here(home: Home) -> None:
    assert {path.parent.name for path in home.pki.glob("*/tls.crt")} == {*SERVERS, *CLIENTS}


@pytest.mark.parametrize("name", SERVERS)
def test_servers_are_reached_on_this_machine(name: str, home: Home) -> None:
    assert {"localhost", "127.0.0.1"} <= names(certificate(home.pki / name / "tls.crt"))


def test_the_spoke_answers_for_the_endpoint_of_every_cluster_and_the_hub_for_none(home: Home) -> None:
    spoke = names(certificate(home.pki / "spoke-apiserver" / "tls.crt"))
    endpoints = {f"*.gr7.{region}.eks.{domain(region)}" for region in ZONES}
    assert spoke == {"localhost", "127.0.0.1", *endpoints}
    assert {"*.gr7.eu-west-1.eks.amazonaws.com", "*.gr7.cn-north-1.eks.amazonaws.com.cn"} <= spoke
    assert not any("eks" in name for server in ("apiserver", "function") for name in _names(home, server))


def _names(home: Home, server: str) -> set[str]:
    return names(certificate(home.pki / server / "tls.crt"))


def test_only_who_must_be_is_an_administrator(home: Home) -> None:
    masters = {
        name
        for name in CLIENTS
        for group in certificate(home.pki / name / "tls.crt").subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        if group.value == "system:masters"
    }
    assert masters == MASTERS


def test_keys_tokens_and_kubeconfigs_are_their_owner_s_alone(home: Home) -> None:
    write_account(home, "argocd", "argocd", "a-token")
    secret = [
        *home.pki.glob("*/*.key"),
        *home.pki.glob("*/token"),
        *home.pki.glob("*/users.csv"),
        *home.kubeconfig.parent.iterdir(),
    ]
    assert len(secret) == len(SERVERS) + len(CLIENTS) + 1 + 3 + 4
    assert {path: oct(stat.S_IMODE(path.stat().st_mode)) for path in secret} == dict.fromkeys(secret, "0o600")
    assert not list(home.pki.glob("*/ca.key"))


@pytest.mark.parametrize(
    ("user", "authority", "port"),
    [
        ("admin", "hub", Port.API_SERVER),
        ("controller-manager", "hub", Port.API_SERVER),
        ("spoke-admin", "spoke", Port.SPOKE),
    ],
)
def test_a_kubeconfig_leads_to_its_own_server(user: str, authority: str, port: int, home: Home) -> None:
    config = yaml.safe_load(home.kubeconfig_of(user).read_text())
    (cluster,), (named,) = config["clusters"], config["users"]
    assert cluster["cluster"]["server"] == f"https://127.0.0.1:{port}"
    assert b64decode(cluster["cluster"]["certificate-authority-data"]) == _authority(home, authority)
    assert b64decode(named["user"]["client-certificate-data"]) == (home.pki / user / "tls.crt").read_bytes()


def _authority(home: Home, name: str) -> bytes:
    return (home.pki / name / "ca.crt").read_bytes()


def test_nothing_is_written_again(home: Home) -> None:
    before = {path: path.read_bytes() for path in home.pki.rglob("*") if path.is_file()}
    write_pki(home)
    assert {path: path.read_bytes() for path in before} == before


def test_what_was_interrupted_is_written_anew_and_whole(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write_pki(home)
    home.kubeconfig_of("spoke-admin").unlink()
    write_pki(home)
    cert = certificate(home.pki / "spoke-admin" / "tls.crt")
    cert.verify_directly_issued_by(certificate(home.pki / "spoke" / "ca.crt"))
    config = yaml.safe_load(home.kubeconfig_of("admin").read_text())
    assert b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]) == _authority(home, "hub")
