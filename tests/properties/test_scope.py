"""Every object has a namespace exactly if its kind has one.

A cluster-scoped composite that composes a namespaced kind without a namespace is never reconciled again, whatever is
mended later (crossplane v2.4.0: the reference without namespace is stored before the object is refused).
"""

from __future__ import annotations

from collections import Counter

import yaml

from argosy.catalog import ENGINES
from tests.properties.test_never_drop import draw
from tests.schemas.compact import CRDS
from tests.support.claims import specs
from tests.support.lives import Life, answer_to, claim_of, every_engine, every_life, life_of, within

CLAIMS = 200
SCOPES: dict[tuple[str, str], str] = {
    (crd["spec"]["group"], crd["spec"]["names"]["kind"]): crd["spec"]["scope"]
    for crd in (yaml.load(path.read_text(), yaml.CSafeLoader) for path in CRDS.glob("*.yaml"))
}
"""Of kinds, as their projects publish them."""


def misplaced(manifest: dict[str, object]) -> bool:
    metadata = manifest["metadata"]
    assert isinstance(metadata, dict)
    scope = SCOPES[str(manifest["apiVersion"]).partition("/")[0], str(manifest["kind"])]
    return (scope == "Namespaced") is not bool(metadata.get("namespace"))


@every_engine
def test_of_random_claims_everything_has_a_namespace_exactly_if_its_kind_has_one(engine: str) -> None:
    """TEN-09. Whole lives of the last ones, and the first answer of all."""
    seen: Counter[str] = Counter()
    drawn = [within(engine, spec) for spec in draw(specs(), 600, CLAIMS)]
    answers = [answer_to(claim_of(spec, engine=engine), [], []) for spec in drawn]
    for spec in drawn[-8:]:
        answers += Life(claim_of(spec, engine=engine)).passes()
    for told in answers:
        for manifest in told.desired.values():
            seen[manifest["kind"]] += 1
            assert not misplaced(manifest), manifest
    assert sum(seen.values()) > 20 * CLAIMS
    assert len(seen) > 20


@every_life
def test_of_examples_everything_has_a_namespace_exactly_if_its_kind_has_one(name: str, engine: str) -> None:
    for moment in life_of(name, engine):
        assert not [key for key, manifest in moment.answer.desired.items() if misplaced(manifest)]


@every_engine
def test_an_engine_says_of_its_kinds_whether_they_have_a_namespace(engine: str) -> None:
    for kind in ENGINES[engine].emits:
        assert kind.namespaced == (SCOPES[kind.group, kind.kind] == "Namespaced"), kind
