"""Two hazards of identity: the same name adopts, a lost id makes a duplicate (safety, fact 3)."""

from __future__ import annotations

from typing import Any

from argosy.simulator import Account, Simulator
from tests.simulator.objects import TRUST, condition, external_name, is_ready, live, managed, role, told, vpc


def named_role(key: str, text: str) -> dict[str, Any]:
    return managed("iam/Role", key, {"assumeRolePolicy": TRUST, "description": text}, name="shared")


def test_the_same_name_is_adopted_silently_and_both_write_to_it() -> None:
    simulator = Simulator()
    live(simulator, [named_role("mine", "first")])
    after = live(simulator, [named_role("mine", "first"), named_role("other", "second")])
    assert is_ready(after["mine"])
    assert is_ready(after["other"])
    assert len(simulator.aws.all("iam/Role", "")) == 1
    assert told(after["mine"])["uniqueId"] == told(after["other"])["uniqueId"]


def test_two_claims_in_one_account_adopt_each_others_things() -> None:
    aws = Account("111122223333")
    one, two = Simulator(aws=aws), Simulator(aws=aws)
    first = live(one, [named_role("role", "first")])["role"]
    second = live(two, [named_role("role", "first")])["role"]
    assert told(first)["uniqueId"] == told(second)["uniqueId"]
    live(one, [], 5)
    assert aws.find("iam/Role", "", "shared") is None, "and one takes it away from the other"


def test_the_name_is_that_of_the_object_if_none_is_given() -> None:
    nameless = role()
    del nameless["metadata"]["annotations"]["crossplane.io/external-name"]
    assert external_name(live(Simulator(), [nameless])["role"]) == "role"


def test_a_lost_id_makes_a_duplicate() -> None:
    simulator = Simulator()
    before = live(simulator, [vpc()])["vpc"]
    annotations = {key: value for key, value in before["metadata"]["annotations"].items() if "external" not in key}
    simulator.server.write("vpc", {**before, "metadata": {**before["metadata"], "annotations": annotations}})
    simulator.aws.remembered.clear()  # the provider was restarted
    after = live(simulator, [vpc()])["vpc"]
    assert external_name(after) != external_name(before)
    assert len(simulator.aws.all("ec2/VPC", "eu-west-1")) == 2


def test_the_running_provider_knows_what_it_made_for_an_object_that_names_nothing() -> None:
    simulator, dead = Simulator(), vpc()
    dead["metadata"]["annotations"]["crossplane.io/external-name"] = "vpc-0dead"
    dead["spec"]["managementPolicies"] = ["Observe", "Create", "Update", "Delete"]
    after = live(simulator, [dead])["vpc"]
    (made,) = simulator.aws.all("ec2/VPC", "eu-west-1")
    assert (told(after)["id"], external_name(after)) == (made.identity, "vpc-0dead")
    live(simulator, [])
    assert simulator.aws.all("ec2/VPC", "eu-west-1") == []


def test_an_id_that_is_given_imports_what_exists() -> None:
    aws = Account("111122223333")
    made = live(Simulator(aws=aws), [vpc()])["vpc"]
    importing = vpc("other")
    importing["metadata"]["annotations"]["crossplane.io/external-name"] = external_name(made)
    after = live(Simulator(aws=aws), [importing])["other"]
    assert told(after)["id"] == external_name(made)
    assert len(aws.all("ec2/VPC", "eu-west-1")) == 1


def test_a_name_beside_the_id_that_is_taken_is_refused() -> None:
    fields = {"name": "nodes"}
    after = live(Simulator(), [managed("ec2/LaunchTemplate", "a", fields), managed("ec2/LaunchTemplate", "b", fields)])
    assert is_ready(after["a"])
    assert "InvalidLaunchTemplateName.AlreadyExistsException" in condition(after["b"], "Synced")[2]


def test_a_template_that_is_refused_may_be_made_once_the_name_is_free() -> None:
    simulator, fields = Simulator(), {"name": "nodes"}
    live(simulator, [managed("ec2/LaunchTemplate", "a", fields), managed("ec2/LaunchTemplate", "b", fields)])
    assert is_ready(live(simulator, [managed("ec2/LaunchTemplate", "b", fields)])["b"])
