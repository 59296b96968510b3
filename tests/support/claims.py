"""Random claims, drawn from every field of the models.

Fields are drawn by their types and bounds; only what no type can say (which regions exist, which ranges fit) is
written down here. A field that is added to a model is drawn from the next run on.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import assume
from hypothesis import strategies as st
from pydantic import BaseModel, StringConstraints, ValidationError
from pydantic.fields import FieldInfo

from argosy.api import addons, argocd, base, cluster, control_plane, databases, network, nodes
from argosy.api.cluster import XEKSClusterSpec
from argosy.data.databases import ENGINES
from argosy.data.kubernetes import OFFERED

ACCOUNT = "111122223333"
PARTITION_OF_REGION = {
    "eu-west-1": "aws",
    "us-east-1": "aws",
    "us-gov-west-1": "aws-us-gov",
    "cn-north-1": "aws-cn",
}
REGIONS = ("eu-west-1", "eu-west-1", "us-east-1", "us-gov-west-1")
ZONES = ("a", "b", "c")
NAMES = ("blue", "green", "a", "orders-a", "x1")

Draw = Callable[[st.SearchStrategy[Any]], Any]


def _arn(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from([text.format(account=ACCOUNT, name=name) for name in ("one", "two", "path/three")])


BY_TYPE: Mapping[Any, st.SearchStrategy[Any]] = {
    cluster.Region: st.sampled_from(REGIONS),
    base.Name: st.sampled_from(NAMES),
    base.RoleArn: _arn("arn:aws:iam::{account}:role/{name}"),
    base.PolicyArn: _arn("arn:aws:iam::{account}:policy/{name}") | st.just("arn:aws:iam::aws:policy/ReadOnlyAccess"),
    base.HostedZoneArn: st.sampled_from(["arn:aws:route53:::hostedzone/Z1", "arn:aws:route53:::hostedzone/Z2ABC"]),
    base.SecretArn: _arn("arn:aws:secretsmanager:eu-west-1:{account}:secret:{name}/*"),
    base.ParameterArn: _arn("arn:aws:ssm:eu-west-1:{account}:parameter/{name}"),
    base.KeyArn: st.sampled_from([f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{name}" for name in ("0a", "1b")]),
    base.KubernetesName: st.sampled_from(["orders", "jobs", "web"]),
    base.ServiceAccountName: st.sampled_from(["invoices", "worker"]),
    base.LabelValue: st.sampled_from(["x", "y.1", "Z_2"]),
    network.ZoneLetter: st.sampled_from(ZONES),
    cluster.TagValue: st.sampled_from(["", "4711", "a/b"]),
    cluster.TagKey: st.sampled_from(["cost-center", "Owner", "a b"]),
    argocd.PlatformLabelKey: st.sampled_from(["team", "cost-center"]),
    nodes.LabelKey: st.sampled_from(["workload", "example.org/tier"]),
    nodes.InstanceType: st.sampled_from(["m6i.large", "m7g.xlarge"]),
    control_plane.KubernetesGroup: st.sampled_from(["orders:oncall", "viewers"]),
    databases.InstanceClass: st.sampled_from(["db.m7g.large", "db.r6g.large"]),
}
"""What a type cannot say about its values."""

BY_FIELD: Mapping[tuple[type[BaseModel], str], st.SearchStrategy[Any]] = {
    (network.Network, "cidr"): st.sampled_from(["10.0.0.0/16", "10.40.0.0/20", "192.168.0.0/22"]),
    (control_plane.ControlPlane, "service_cidr"): st.sampled_from(["172.20.0.0/16", "10.100.0.0/16"]),
    (control_plane.Endpoint, "public_access_cidrs"): st.lists(
        st.sampled_from(["198.51.100.0/24", "192.0.2.0/28"]), max_size=2, unique=True
    ),
    (XEKSClusterSpec, "kubernetes_version"): st.none() | st.sampled_from(OFFERED[-3:]),
    (XEKSClusterSpec, "environment"): st.sampled_from(["dev", "staging", "prod"]),
    (XEKSClusterSpec, "ring"): st.sampled_from(["0", "1", "2"]),
    (databases.Database, "database_name"): st.none() | st.just("orders"),
    (databases.Database, "version"): st.sampled_from(
        sorted(set.intersection(*(set(e.families) for e in ENGINES.values())))
    ),
    (addons.Addon, "version"): st.none() | st.just("v1.19.5-eksbuild.1"),
    (addons.Addon, "configuration_values"): st.none() | st.sampled_from(['{"replicaCount":3}', '{"env":{"A":"1"}}']),
}
"""What only the field can say."""

DRAWN: set[tuple[type[BaseModel], str]] = set()
"""Fields that were drawn with a value of their own: a test looks that none is missing."""


def _of(annotation: Any, field: FieldInfo | None, draw: Draw) -> Any:
    if annotation in BY_TYPE:
        return draw(BY_TYPE[annotation])
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(annotation, args, draw)
    if origin is Literal:
        return draw(st.sampled_from(args))
    if origin in (Union, types.UnionType):
        inner = next(arg for arg in args if arg is not type(None))
        return _of(inner, field, draw) if draw(st.booleans()) else None
    if origin is list:
        return _list(args[0], field, draw)
    if origin is dict:
        keys = draw(st.lists(BY_TYPE[args[0]], max_size=2, unique=True))
        return {key: _of(args[1], None, draw) for key in keys}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return model(annotation, draw)
    if annotation is bool:
        return draw(st.booleans())
    if annotation is int:
        low, high = _bounds(field)
        return draw(st.integers(low, min(high, low + 20)))
    raise TypeError(f"tests/support/claims.py cannot draw {annotation}: add it to BY_TYPE")


def _annotated(annotation: Any, args: tuple[Any, ...], draw: Draw) -> Any:
    if any(isinstance(extra, StringConstraints) for extra in args[1:]):
        raise TypeError(f"tests/support/claims.py cannot draw {annotation}: add it to BY_TYPE")
    extra = next((item for item in args[1:] if isinstance(item, FieldInfo)), None)
    return _of(args[0], extra, draw)  # bounds and list keys stand in the Field that annotates


def _bounds(field: FieldInfo | None) -> tuple[int, int]:
    metadata = field.metadata if field else []
    low = next((item.ge for item in metadata if hasattr(item, "ge")), 0)
    high = next((item.le for item in metadata if hasattr(item, "le")), low + 100)
    return low, high


def _list(item: Any, field: FieldInfo | None, draw: Draw) -> list[Any]:
    extra = field.json_schema_extra if field is not None else None
    keys: Any = extra.get("x-kubernetes-list-map-keys") if isinstance(extra, dict) else None
    least = next((m.min_length for m in (field.metadata if field else []) if hasattr(m, "min_length")), 0)
    wanted = draw(st.integers(least, max(least, 2)))
    found: dict[Any, Any] = {}
    for _ in range(3 * wanted):
        if len(found) >= wanted:
            break
        value = _of(item, None, draw)
        found.setdefault(tuple(value[key] for key in keys) if keys else str(value), value)
    return list(found.values())


def model(kind: type[BaseModel], draw: Draw) -> dict[str, Any]:
    """A value for a model, by alias; optional fields are often left out."""
    value: dict[str, Any] = {}
    hints = get_type_hints(kind, include_extras=True)
    for name, field in kind.model_fields.items():
        if not field.is_required() and draw(st.integers(0, 2)) == 0:
            continue
        chosen = BY_FIELD.get((kind, name))
        drawn = draw(chosen) if chosen is not None else _of(hints[name], field, draw)
        if drawn is not None:
            DRAWN.add((kind, name))
            value[field.alias or name] = drawn
    return value


def _mend(spec: dict[str, Any]) -> dict[str, Any]:
    """Takes out combinations that the rules refuse, so that most draws are claims."""
    nodes_, network_ = spec.setdefault("nodes", {}), spec.get("network", {})
    groups = nodes_.get("groups", [])
    if not groups:
        nodes_.pop("autoMode", None)
        spec.pop("addons", None)
    zones = network_.get("zones", list(ZONES))
    for group in groups:
        if "ARM_64" in group.get("amiType", ""):
            group["instanceTypes"] = ["m7g.xlarge"]
        low = group.get("minSize", 1)
        group["maxSize"] = max(low, group.get("maxSize", 3), 1)
        if "desiredSize" in group:
            group["desiredSize"] = min(max(group["desiredSize"], low), group["maxSize"])
        _only(group, zones)
    for database in spec.get("databases", []):
        aurora = database.get("engine") == "AuroraPostgreSQL"
        for name in ("storageGiB", "multiAZ") if aurora else ("zones", "serverless"):
            database.pop(name, None)
        if "serverless" in database:
            database.pop("instanceClass", None)
            low = database["serverless"].get("minCapacity", 1)
            database["serverless"]["maxCapacity"] = max(low, database["serverless"].get("maxCapacity", 8))
        _only(database, zones)
    _mend_access(spec)
    return spec


def _only(item: dict[str, Any], zones: list[str]) -> None:
    if "zones" in item:
        item["zones"] = [zone for zone in item["zones"] if zone in zones] or zones[:1]


def _mend_access(spec: dict[str, Any]) -> None:
    access = spec.get("access", {})
    admins = access.get("admins", [])
    entries = [entry for entry in access.get("entries", []) if entry["principalArn"] not in admins]
    for entry in entries:
        if not entry.get("policies") and not entry.get("kubernetesGroups"):
            entry["kubernetesGroups"] = ["viewers"]
    if "entries" in access:
        access["entries"] = entries
    users: set[tuple[str, str]] = set()
    identities = []
    for identity in spec.get("identities", []):
        who = (identity["namespace"], identity["serviceAccount"])
        if who not in users:
            identities.append(identity)
        users.add(who)
    if "identities" in spec:
        spec["identities"] = identities


def _placed(value: Any, region: str) -> Any:
    """ARNs in the partition and region of the claim."""
    if isinstance(value, dict):
        return {name: _placed(item, region) for name, item in value.items()}
    if isinstance(value, list):
        return [_placed(item, region) for item in value]
    if isinstance(value, str) and value.startswith("arn:aws:"):
        return value.replace("arn:aws:", f"arn:{PARTITION_OF_REGION[region]}:", 1).replace(":eu-west-1:", f":{region}:")
    return value


FIXED: Mapping[str, tuple[str, ...]] = {
    "network": ("cidr", "zoneSlots"),
    "controlPlane": ("serviceCidr",),
}
FIXED_OF_ITEMS: Mapping[str, tuple[str, ...]] = {
    "groups": ("instanceTypes", "amiType", "capacityType", "zones"),
    "databases": ("engine", "version", "databaseName", "zones", "serverless", "storageGiB", "multiAZ", "instanceClass"),
}


def _keep_fixed(spec: dict[str, Any], like: dict[str, Any]) -> None:
    """Fields that can never change are as they were."""
    for section, names in FIXED.items():
        was = like.get(section, {})
        spec[section] = _with(spec.get(section, {}), was, names)
    spec["databases"] = _items(spec.get("databases", []), like.get("databases", []), FIXED_OF_ITEMS["databases"])
    nodes_, groups_were = spec.get("nodes", {}), like.get("nodes", {}).get("groups", [])
    if "groups" in nodes_:
        spec["nodes"] = {**nodes_, "groups": _items(nodes_["groups"], groups_were, FIXED_OF_ITEMS["groups"])}


def _items(items: list[Any], like: list[Any], names: tuple[str, ...]) -> list[Any]:
    were = {item["name"]: item for item in like}
    return [_with(item, were[item["name"]], names) if item["name"] in were else item for item in items]


def _with(value: dict[str, Any], like: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    rest = {name: item for name, item in value.items() if name not in names}
    return {**rest, **{name: like[name] for name in names if name in like}}


@st.composite
def specs(draw: Draw, like: dict[str, Any] | None = None) -> dict[str, Any]:
    """The `spec` of a claim that is valid by itself.

    Args:
        draw: hypothesis' hand.
        like: a claim to change: some of its fields are drawn again, those that can never change are kept.
    """
    spec = model(XEKSClusterSpec, draw)
    if like is not None:
        keep = draw(st.sets(st.sampled_from(sorted(set(spec) | set(like)))))
        spec = {
            name: (like if name in keep else spec)[name]
            for name in sorted(set(spec) | set(like))
            if name in (like if name in keep else spec)
        }
        spec["region"] = like["region"]
        if draw(st.integers(0, 9)):  # now and then a change that can never be made: it must be refused
            _keep_fixed(spec, like)
    spec = dict(_placed(_mend(spec), spec["region"]))
    try:
        XEKSClusterSpec.model_validate(spec)
    except ValidationError:
        assume(False)
    return spec


__all__ = ["ACCOUNT", "DRAWN", "model", "specs"]
