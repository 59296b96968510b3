"""What the ConfigMap says, and what happens when it says nonsense."""

from __future__ import annotations

import pytest

from argosy.simulator.live.settings import Fault, Reading, Settings, parse
from tests.simulator.objects import Manifest, vpc


def labelled(**labels: str) -> Manifest:
    item = vpc()
    item["metadata"]["labels"] = labels
    return item


@pytest.mark.parametrize(
    ("fault", "befalls"),
    [
        (Fault(match={}), True),
        (Fault(match={"team": "orders"}), True),
        (Fault(match={"team": "orders", "tier": "prod"}), True),
        (Fault(match={"team": "orders", "tier": "dev"}), False),
        (Fault(match={"other": "x"}), False),
        (Fault(match={}, kind="VPC", key="vpc"), True),
        (Fault(match={}, kind="Subnet"), False),
        (Fault(match={}, key="subnet-a"), False),
    ],
)
def test_whom_a_fault_befalls(fault: Fault, befalls: bool) -> None:
    assert fault.befalls(labelled(team="orders", tier="prod")) is befalls


def test_an_object_without_labels_and_annotations_is_befallen_by_what_names_none() -> None:
    bare = {"kind": "VPC", "metadata": {"name": "vpc"}}
    assert Fault(match={}).befalls(bare)
    assert not Fault(match={"team": "orders"}).befalls(bare)
    assert not Fault(match={}, key="vpc").befalls(bare)


def test_the_first_fault_counts_and_slowness_apart_from_it() -> None:
    faults = (
        Fault(match={}, slow=3),
        Fault(match={}, message="first"),
        Fault(match={}, message="second", slow=5),
    )
    settings = Settings(faults=faults)
    assert (settings.message(vpc()), settings.slow(vpc())) == ("first", 3)
    assert (Settings().message(vpc()), Settings().slow(vpc())) == ("", 0)


def test_a_whole_document() -> None:
    faults = """
    - match: {crossplane.io/composite: orders}
      key: nat-gateway-a
      message: "NatGatewayLimitExceeded: no more"
    - {match: {}, kind: Cluster, slow: 20}
    """
    assert parse({"beat": "0.5", "faults": faults}) == Settings(
        beat=0.5,
        faults=(
            Fault(
                match={"crossplane.io/composite": "orders"},
                key="nat-gateway-a",
                message="NatGatewayLimitExceeded: no more",
            ),
            Fault(match={}, kind="Cluster", slow=20),
        ),
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"fault": ""}, "unknown key fault"),
        ({"beat": "soon"}, "could not convert"),
        ({"beat": "0"}, "not between"),
        ({"beat": "nan"}, "not between"),
        ({"faults": "["}, "faults is no YAML"),
        ({"faults": "a: b"}, "faults is no list"),
        ({"faults": "- text"}, r"faults\[0\] needs match"),
        ({"faults": "- {match: {}}"}, r"faults\[0\] needs match, and message or slow"),
        ({"faults": "- {message: x}"}, r"faults\[0\] needs match"),
        ({"faults": "- {match: {}, slow: 1}\n- {match: {}, slow: 1, keys: x}"}, r"faults\[1\].keys is unknown"),
        ({"faults": "- {match: {}, slow: true}"}, r"faults\[0\].slow is unknown or of the wrong type"),
        ({"faults": "- {match: {a: 1}, slow: 1}"}, r"faults\[0\].match.a is no text"),
    ],
)
def test_nonsense_is_refused(data: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(data)


def config(version: int, **data: str) -> Manifest:
    return {"metadata": {"resourceVersion": str(version)}, "data": data}


def test_the_last_good_one_counts(caplog: pytest.LogCaptureFixture) -> None:
    reading = Reading()
    good = reading.read(config(1, beat="2"))
    assert good == Settings(beat=2)
    for _ in range(3):
        assert reading.read(config(2, beat="soon")) == good
    assert [record.levelname for record in caplog.records] == ["ERROR"], "told once"
    assert reading.read(config(3, beat="3")) == Settings(beat=3)
    assert reading.read(None) == Settings()
