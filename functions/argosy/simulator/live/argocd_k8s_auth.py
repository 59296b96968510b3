#!/usr/bin/env python3
"""Stands in for `argocd-k8s-auth`, by which Argo CD gets a token for an EKS cluster.

Argo CD runs `argocd-k8s-auth aws --cluster-name NAME [--role-arn ARN] [--profile NAME]` and reads an ExecCredential
from its output (argo-cd v3.2.11, pkg/apis/application/v1alpha1/types.go and cmd/argocd-k8s-auth/commands/aws.go). The
real one signs a request to STS; this one asks the simulator, at $ARGOSY_SIMULATOR, which looks at what there is on AWS.

It needs nothing but Python, so that it can be copied or linked under its name into a folder of the PATH of Argo CD.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

ADDRESS = "ARGOSY_SIMULATOR"
LIFETIME = timedelta(minutes=1)
"""EKS looks at the access entry at every request; here that happens only when a token is asked for."""
TIMEOUT = 10


def main(arguments: Sequence[str]) -> int:
    """Prints an ExecCredential; 1 and the reason on standard error if there is no token."""
    asked = _parsed(arguments)
    query = urlencode({"cluster": asked.cluster_name, "role": asked.role_arn})
    # the proxy that Argo CD is told to use leads to clusters only
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(f"{os.environ[ADDRESS]}/token?{query}", timeout=TIMEOUT) as answer:
            token = answer.read().decode().strip()
    except KeyError:
        return _fail(f"${ADDRESS} is not set: it must be the simulator's address, such as http://127.0.0.1:8000")
    except HTTPError as error:
        return _fail(error.read().decode().strip())
    except (URLError, OSError) as error:
        return _fail(f"the simulator at {os.environ[ADDRESS]} does not answer: {error}")
    until = datetime.now(timezone.utc) + LIFETIME  # noqa: UP017  any Python 3 will do
    credential = {
        "kind": "ExecCredential",
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "spec": {"interactive": False},
        "status": {"expirationTimestamp": until.strftime("%Y-%m-%dT%H:%M:%SZ"), "token": token},
    }
    print(json.dumps(credential))
    return 0


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="argocd-k8s-auth")
    aws = parser.add_subparsers(required=True, metavar="aws").add_parser("aws")
    aws.add_argument("--cluster-name", default="")
    aws.add_argument("--role-arn", default="")
    aws.add_argument("--profile", default="", help="taken and ignored")
    return parser.parse_args(arguments)


def _fail(reason: str) -> int:
    print(f"argocd-k8s-auth: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
