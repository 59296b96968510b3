"""What Crossplane reads: XRDs, Compositions, activation policies, and the CRD of the function's input."""

from __future__ import annotations

from typing import Any, TypeAlias

from argosy.catalog import Column, CompositeType
from argosy.engines.base import Engine
from argosy.generate.schema import VALIDATIONS, structural
from argosy.input import HUB_API_VERSION, HUB_FACTS_NAME, INPUT_GROUP, INPUT_VERSION, Input

Manifest: TypeAlias = "dict[str, Any]"

FUNCTION = "function-argosy"
CATEGORIES = ["crossplane", "argosy"]


SUFFIX_LENGTH = 6
"""Of the name of a composite behind a claim, which is the claim's name, a dash and five letters (crossplane v2.4.0,
internal/controller/apiextensions/claim)."""


def definition(composite: CompositeType) -> Manifest:
    """The XRD of a composite; only version 1 knows claims."""
    claim = composite.claim
    names = _names(composite.kind, composite.plural, composite.short_names)
    if claim is None:
        version, kinds = "v2", {"names": names, "scope": "Namespaced"}
    else:
        version = "v1"
        kinds = {
            "names": names,
            "claimNames": _names(claim.kind, claim.plural, claim.short_names),
            "scope": "LegacyCluster",
            # in the background a claim would be gone at once, and nobody would see what still is on AWS
            "defaultCompositeDeletePolicy": "Foreground",
        }
    return {
        "apiVersion": f"apiextensions.crossplane.io/{version}",
        "kind": "CompositeResourceDefinition",
        "metadata": {"name": f"{composite.plural}.{composite.group}"},
        "spec": {
            "group": composite.group,
            **kinds,
            "versions": [
                {
                    "name": composite.version,
                    "served": True,
                    "referenceable": True,
                    "additionalPrinterColumns": [_column(column) for column in composite.columns],
                    "schema": {"openAPIV3Schema": _schema(composite)},
                }
            ],
        },
    }


def _names(kind: str, plural: str, short_names: tuple[str, ...]) -> Manifest:
    short = {"shortNames": list(short_names)} if short_names else {}
    return {"kind": kind, "plural": plural, "singular": kind.lower(), **short, "categories": CATEGORIES}


def _schema(composite: CompositeType) -> Manifest:
    """The schema of a composite, and of its claim if it has one.

    Of `metadata` Crossplane takes over only the longest name, and of `spec` and `status` neither a default nor
    x-kubernetes-preserve-unknown-fields (crossplane-runtime v2.4.0, pkg/xcrd/crd.go): both have typed properties only.
    """
    spec, status = structural(composite.spec), structural(composite.status)
    longest = composite.name_length
    schema: Manifest = {"description": spec["description"], "type": "object", "required": ["spec"]}
    if composite.claim is not None:
        kind = composite.claim.kind
        # one bound for both kinds, and the composite's name is the longer one
        rule = f"self.kind != '{kind}' || size(self.metadata.name) <= {longest}"
        message = f"metadata.name must be at most {longest} characters long"
        schema[VALIDATIONS] = [{"rule": rule, "message": message}]
        longest += SUFFIX_LENGTH
    name = {"type": "string", "maxLength": longest}
    metadata = {"type": "object", "properties": {"name": name}}
    return {**schema, "properties": {"metadata": metadata, "spec": spec, "status": status}}


def _column(column: Column) -> Manifest:
    said = {"name": column.name, "type": column.type, "jsonPath": column.json_path}
    return said | ({"priority": column.priority} if column.priority else {})


def composition(composite: CompositeType, engine: Engine) -> Manifest:
    """How an engine makes a composite: one step, and the hub's facts, which Crossplane fetches and watches."""
    return {
        "apiVersion": "apiextensions.crossplane.io/v1",
        "kind": "Composition",
        "metadata": {"name": f"{composite.plural}-{engine.name}", "labels": {"engine": engine.name}},
        "spec": {
            "compositeTypeRef": {"apiVersion": composite.api_version, "kind": composite.kind},
            "mode": "Pipeline",
            "pipeline": [
                {
                    "step": "compose",
                    "functionRef": {"name": FUNCTION},
                    "input": {
                        "apiVersion": f"{INPUT_GROUP}/{INPUT_VERSION}",
                        "kind": Input.__name__,
                        "engine": engine.name,
                    },
                    "requirements": {
                        "requiredResources": [
                            {
                                "requirementName": HUB_FACTS_NAME,
                                "apiVersion": HUB_API_VERSION,
                                "kind": "EnvironmentConfig",
                                "name": HUB_FACTS_NAME,
                            }
                        ]
                    },
                }
            ],
        },
    }


def activation(engine: Engine) -> Manifest:
    """Which of a provider's hundreds of kinds a hub serves: those that the engine emits, by name and no others."""
    return {
        "apiVersion": "apiextensions.crossplane.io/v1alpha1",
        "kind": "ManagedResourceActivationPolicy",
        "metadata": {"name": f"argosy-{engine.name}"},
        "spec": {"activate": sorted(f"{kind.plural}.{kind.group}" for kind in engine.emits if kind.managed)},
    }


def input_definition() -> Manifest:
    """The CRD of the function's input. Nobody installs it: Crossplane and editors read in it what a step may say."""
    schema = structural(Input)
    kind = Input.__name__
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.lower()}s.{INPUT_GROUP}"},
        "spec": {
            "group": INPUT_GROUP,
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": f"{kind.lower()}s",
                "singular": kind.lower(),
                "categories": ["crossplane"],
            },
            "scope": "Namespaced",
            "versions": [
                {
                    "name": INPUT_VERSION,
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": schema
                        | {
                            "properties": {
                                "apiVersion": {"type": "string"},
                                "kind": {"type": "string"},
                                "metadata": {"type": "object"},
                                **schema["properties"],
                            }
                        }
                    },
                }
            ],
        },
    }
