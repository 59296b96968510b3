"""What Crossplane reads: XRDs, Compositions, activation policies, and the CRD of the function's input."""

from __future__ import annotations

from typing import Any, TypeAlias

from argosy.catalog import Column, CompositeType
from argosy.engines.base import Engine
from argosy.generate.schema import structural
from argosy.input import HUB_API_VERSION, HUB_FACTS_NAME, INPUT_GROUP, INPUT_VERSION, Input

Manifest: TypeAlias = "dict[str, Any]"

FUNCTION = "function-argosy"
CATEGORIES = ["crossplane", "argosy"]


def definition(composite: CompositeType) -> Manifest:
    """The XRD of a composite.

    Of `metadata` Crossplane takes over only the longest name, and of `spec` and `status` neither a default nor
    x-kubernetes-preserve-unknown-fields (crossplane-runtime v2.3.3, pkg/xcrd/crd.go): both have typed properties only.
    """
    spec, status = structural(composite.spec), structural(composite.status)
    return {
        "apiVersion": "apiextensions.crossplane.io/v2",
        "kind": "CompositeResourceDefinition",
        "metadata": {"name": f"{composite.plural}.{composite.group}"},
        "spec": {
            "group": composite.group,
            "names": {
                "kind": composite.kind,
                "plural": composite.plural,
                "singular": composite.kind.lower(),
                "shortNames": list(composite.short_names),
                "categories": CATEGORIES,
            },
            "scope": "Namespaced",
            "versions": [
                {
                    "name": composite.version,
                    "served": True,
                    "referenceable": True,
                    "additionalPrinterColumns": [_column(column) for column in composite.columns],
                    "schema": {
                        "openAPIV3Schema": {
                            "description": spec["description"],
                            "type": "object",
                            "required": ["spec"],
                            "properties": {
                                "metadata": {
                                    "type": "object",
                                    "properties": {"name": {"type": "string", "maxLength": composite.name_length}},
                                },
                                "spec": spec,
                                "status": status,
                            },
                        }
                    },
                }
            ],
        },
    }


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
