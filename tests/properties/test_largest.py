"""TST-13, TEN-20: a claim with as much of everything as the XRD takes is answered long before anybody gives up."""

from __future__ import annotations

import time
from functools import cache
from typing import Any, get_args

from argosy.api.control_plane import AccessPolicyName
from argosy.cli.options import sample_hub
from argosy.cli.request import build_request
from argosy.function import answer, fill
from tests.safety.checks_tenancy import ANSWER_LIMIT
from tests.support.lives import ENGINE, Life, claim_of

ACCOUNT = "111122223333"
PATIENCE = 120
"""Seconds that Crossplane gives one reconcile (composite reconciler.go)."""
FAR_BELOW = PATIENCE / 10
FEWEST_OBJECTS = 500


def largest() -> dict[str, Any]:
    """As many of everything as the XRD takes, where more of it means more objects; tags as people have them."""
    role, policies = f"arn:aws:iam::{ACCOUNT}:role", sorted(get_args(AccessPolicyName))
    return {
        "region": "us-east-1",
        "network": {"cidr": "10.0.0.0/16", "zones": list("abcdef"), "zoneSlots": 8},
        "access": {
            "admins": [f"{role}/admin-{number}" for number in range(20)],
            "entries": [
                {"principalArn": f"{role}/entry-{number}", "policies": [{"name": name} for name in policies]}
                for number in range(50)
            ],
        },
        "nodes": {
            "groups": [
                {
                    "name": f"group-{number}",
                    "labels": {f"label-{label}": "x" * 63 for label in range(30)},
                    "taints": [{"key": f"taint-{n}", "value": "x", "effect": "NoSchedule"} for n in range(20)],
                }
                for number in range(20)
            ]
        },
        "identities": [
            {
                "name": f"worker-{number}",
                "namespace": "jobs",
                "serviceAccount": f"worker-{number}",
                "policyArns": [f"arn:aws:iam::{ACCOUNT}:policy/p-{number}-{n}" for n in range(10)],
            }
            for number in range(50)
        ],
        "databases": [{"name": f"db-{number}", "engine": "AuroraPostgreSQL"} for number in range(10)],
        "tags": {f"tag-{number}": "x" * 40 for number in range(10)},
    }


@cache
def settled() -> Life:
    life = Life(claim_of(largest()))
    life.settle()
    return life


def test_tst_13_a_request_as_large_as_a_message_is_answered_far_below_the_patience_of_crossplane() -> None:
    """TEN-20. What fills the request beside our fields is what an API server adds: managed fields."""
    life = settled()
    request = build_request(life.claim, ENGINE, life.observed.values(), sample_hub())
    assert life.observed, life.call().fatal
    padding = max(0, ANSWER_LIMIT - request.ByteSize()) // len(life.observed)
    for item in request.observed.resources.values():
        fields = {"f:spec": {"f:forProvider": {f"f:field-{n}": {"f:x": "." * 40} for n in range(padding // 75)}}}
        fill(item.resource.fields["metadata"].struct_value, {"managedFields": [{"fieldsV1": fields}]})
    started = time.perf_counter()
    reply = answer(request)
    seconds = time.perf_counter() - started
    assert not [result for result in reply.results if result.severity == 1]
    assert len(reply.desired.resources) == len(life.observed) > FEWEST_OBJECTS
    assert request.ByteSize() > 0.9 * ANSWER_LIMIT
    assert reply.ByteSize() < ANSWER_LIMIT
    assert seconds < FAR_BELOW, f"{seconds:.1f} s"
    print(f"{len(life.observed)} objects, {request.ByteSize()} B asked, {reply.ByteSize()} B answered, {seconds:.2f} s")
