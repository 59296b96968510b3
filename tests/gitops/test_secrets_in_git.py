"""No secret value is in Git: a scanner looks at every file, and our own eyes at what a Secret holds."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.gitops.folders import GITOPS, load, yaml_files
from tests.tools.build import ROOT, built

CLUSTER_KEYS = {"name", "server", "config", "project"}
"""Of Argo CD's cluster Secrets; none of them is a secret as long as `config` holds no credential."""
WITHOUT_CREDENTIALS = {"tlsClientConfig": {"insecure": False}}


def committed(below: Path = ROOT) -> list[Path]:
    """Every file that is or would be committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=below, capture_output=True, text=True, check=True).stdout
    return [path for name in sorted(set(names.split("\0")) - {""}) if (path := below / name).is_file()]


def leaks(folder: Path, tmp_path: Path) -> list[tuple[str, str]]:
    """File and rule of each secret that the scanner finds, also in what is written in base64."""
    report = tmp_path / "report.json"
    arguments = ["dir", str(folder), "--no-banner", "--max-decode-depth=2", "--redact", f"--report-path={report}"]
    done = subprocess.run(
        # a comment or a file in the folder may allow nothing, or whoever writes the secret allows it as well
        [built("gitleaks"), *arguments, "--exit-code=9", "--ignore-gitleaks-allow"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 9), done.stderr
    found = [(Path(item["File"]).name, item["RuleID"]) for item in json.loads(report.read_text())]
    assert bool(found) == (done.returncode == 9)
    return found


@pytest.mark.tools
def test_no_secret_is_in_git(tmp_path: Path) -> None:
    files = committed()
    assert len(files) > 500
    for path in files:
        copy = tmp_path / "files" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    assert leaks(tmp_path / "files", tmp_path) == []


def ssh_key() -> str:
    # put together here, or this file would be the first finding
    lines = [base64.b64encode(bytes(range(index, index + 48))).decode() for index in range(20)]
    begin, end = (f"-----{word} OPENSSH PRIVATE {'KEY'}-----" for word in ("BEGIN", "END"))
    return "\n".join((begin, *lines, end))


PLANTED = {
    "key.pem": ssh_key(),
    "values.yaml": f"aws:\n  accessKeyId: {'AKIA'}Q3EGRXYZ7LMN2WPB\n",
    "forge.txt": f"token={'ghp'}_{'x7Kd9Qm2Vb4Tz8Lr1Nw6Pc3Hs5Jf0Gy9Aq2'}\n",
    "secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata:\n"
    f"  sshPrivateKey: {base64.b64encode(ssh_key().encode()).decode()}\n",
}


@pytest.mark.tools
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_secret_is_found(name: str, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / name).write_text(PLANTED[name] + "# gitleaks:allow\n")
    assert {file for file, _ in leaks(tmp_path / "files", tmp_path)} == {name}


def secrets(value: Any) -> list[dict[str, Any]]:
    """Secrets of a document, also those that stand inside another object."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, dict) and value.get("kind") == "Secret" and "metadata" in value else []
    return own + [found for item in inside for found in secrets(item)]


def held(secret: dict[str, Any]) -> dict[str, str]:
    """What a Secret holds, in plain text."""
    plain = {key: base64.b64decode(value).decode() for key, value in secret.get("data", {}).items()}
    return {**plain, **secret.get("stringData", {})}


def is_without_credentials(secret: dict[str, Any]) -> bool:
    """Whether a Secret says only which cluster Argo CD's own is."""
    labels = secret["metadata"].get("labels", {})
    values = held(secret)
    config = json.loads(values.get("config", "null")) or WITHOUT_CREDENTIALS
    is_cluster = labels.get("argocd.argoproj.io/secret-type") == "cluster" and values.keys() <= CLUSTER_KEYS
    return is_cluster and config == WITHOUT_CREDENTIALS


def test_the_only_secret_in_gitops_holds_no_credential() -> None:
    found = {
        (path.relative_to(GITOPS).as_posix(), secret["metadata"]["name"]): secret
        for path in yaml_files()
        for document in load(path.read_text())
        for secret in secrets(document)
    }
    assert found.keys() == {("bootstrap/hub.yaml", "in-cluster")}
    assert all(is_without_credentials(secret) for secret in found.values())


@pytest.mark.parametrize(
    "data",
    [
        {"password": "eA=="},
        {"config": base64.b64encode(b'{"bearerToken":"x"}').decode()},
        {"config": base64.b64encode(b'{"tlsClientConfig":{"insecure":true}}').decode()},
        {"config": base64.b64encode(b'{"tlsClientConfig":{"insecure":false,"keyData":"x"}}').decode()},
    ],
)
def test_a_secret_with_a_credential_is_found(data: dict[str, str]) -> None:
    labels = {"argocd.argoproj.io/secret-type": "cluster"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "labels": labels}, "data": data}
    assert not is_without_credentials(secret)
    assert not is_without_credentials({**secret, "data": {}, "stringData": held(secret)})
