"""Deletion of a claim while AWS refuses to lift a protection."""

from __future__ import annotations

import pytest

from tests.hub.live import DECOMMISSION, Item, Team, claim_of, condition
from tests.hub.local.waiting import wait_for
from tests.hub.test_deletion import NOT_ACTIVE, NOT_YET, SECONDS, example

pytestmark = pytest.mark.timeout(600)


def test_decommission_waits_for_what_aws_protects_and_can_be_taken_back(team: Team) -> None:
    """REL-17: the provider changes nothing of an object that is being deleted, so protections go off before."""
    hub = team.hub
    hub.apply(claim_of("protected", team.namespace, example("with-databases")))
    hub.until_ready("protected", team.namespace, seconds=SECONDS)
    hub.until_settled("protected", team.namespace, quiet=2, seconds=SECONDS)

    def deletable() -> Item:
        return condition(hub.claim("protected", team.namespace) or {}, "Deletable")

    assert (deletable()["status"], deletable()["reason"]) == ("False", "Active")
    stuck = "InvalidDBInstanceState: Database instance is not in available state."
    claim = hub.claim("protected", team.namespace)
    assert claim is not None
    with hub.aws_refusing():
        hub.faults({"match": {"crossplane.io/composite": "protected"}, "key": "database-orders", "message": stuck})
        try:
            hub.patch(claim, DECOMMISSION)
            wait_for(
                lambda: deletable()["message"] == "not yet: database-orders is still protected on AWS",
                "only the database that AWS does not change keeps the claim",
                seconds=SECONDS,
                instead=deletable,
            )
            assert deletable()["reason"] == "Protected"
            assert NOT_YET in hub.refusal(claim)
        finally:
            hub.faults()
    team.until_deletable("protected")

    hub.patch(claim, {"spec": {"lifecycle": "Active"}})
    wait_for(lambda: team.guards("protected"), "the guard is back", seconds=SECONDS)

    def protected() -> int:
        return sum(bool(thing["fields"].get("deletionProtection")) for thing in hub.aws(team.account))

    wait_for(lambda: protected() == 3, "cluster and databases are protected again", seconds=SECONDS, instead=protected)
    wait_for(lambda: deletable()["reason"] == "Active", "the claim is active again", seconds=SECONDS, instead=deletable)
    wait_for(
        lambda: all(condition(item, "Ready").get("status") == "True" for item in team.guards("protected")),
        "the guard is in place",
        seconds=SECONDS,
    )
    assert NOT_ACTIVE in hub.refusal(claim)
