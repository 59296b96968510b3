"""What there is to say about a kind of managed resource: one entry per kind, behaviour beside them in `provider.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from argosy.simulator.aws import Account, Check, Maker, Needed, Thing, User
from argosy.simulator.values import Path, Values


class Named(Enum):
    """Where `crossplane.io/external-name` comes from (config/externalname.go of provider-upjet-aws)."""

    BY_USER = "the name on AWS, the object's own name if none is given; what has it already is adopted"
    BY_AWS = "assigned when it is made"
    COMPUTED = "follows from its fields"


class Extract(Enum):
    """What a reference copies from its target (config/*/config.go of provider-upjet-aws)."""

    EXTERNAL_NAME = "the annotation crossplane.io/external-name"
    ARN = "status.atProvider.arn"
    ID = "status.atProvider.id, Terraform's id: there only once the target is made"
    ACTIVE_NAME = "the external name, once status.atProvider.status is ACTIVE"
    PRINCIPAL = "status.atProvider.principalArn"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A field that is filled from another object.

    Attributes:
        ref: the field that names it; a list if it ends in `Refs`.
        value: the field that is filled.
        kind: `<service>/<kind>` of the target.
        extract: what is copied.
    """

    ref: Path
    value: Path
    kind: str
    extract: Extract = Extract.EXTERNAL_NAME


def _nothing(_: Thing, __: Account) -> Values:
    return {}


def _allow(_: Thing, __: Mapping[str, Any], ___: Account) -> None:
    return None


def _cleanly(_: Thing, __: Account) -> Thing | None:
    return None


def _well(_: Thing, __: Account) -> str | None:
    return None


def _never(_: Path, __: Any, ___: Any) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Unique:
    """Fields that no two things of a kind share.

    Attributes:
        code: error if they would.
        message: with {identity} of the other.
    """

    paths: tuple[Path, ...]
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class InUse:
    """What keeps a thing from being deleted.

    Attributes:
        users: by which fields of which kinds it is in use.
        code: error while it is.
        message: with {identity} of the thing.
    """

    users: tuple[User, ...]
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of managed resource.

    Attributes:
        service: first label of its API group, such as `ec2`.
        kind: as in manifests.
        label: the service in AWS's error texts, such as `EC2`.
        operation: the API's word for it, as in `CreateVpc`.
        named: where the external name comes from.
        identify: the identity on AWS, from the fields, the external name and a seed for new ids.
        required: fields without which AWS makes nothing, though the schema lets them be missing (kinds 1.2).
        fixed: fields that cannot change (safety 5.3); Terraform calls them ForceNew.
        unique: fields that no two things share.
        needed: fields that name what must exist.
        in_use: what keeps it from being deleted.
        takes: what goes with it.
        leaves: what AWS has afterwards, nobody's, if it went too early or could not go whole.
        defaults: what AWS fills in where nothing is asked for.
        not_late: fields that late initialisation leaves alone, by the provider's configuration.
        tagged: whether it has tags; the provider adds three of its own.
        make: what AWS adds when it is made or changed.
        check_create: the service's own rules, with the thing as it would be and the fields that were asked for.
        check_change: the service's own rules, with the thing as it is and its fields as they would be.
        check_delete: the service's own rules, with the thing and its fields.
        ignores: differences that the provider does not act upon, by path, actual and asked value.
        trouble: what keeps it from becoming ready, if something does.
        shows_early: whether the provider tells about it before it is made completely.
    """

    service: str
    kind: str
    label: str
    operation: str
    named: Named
    identify: Callable[[Mapping[str, Any], str, str], str]
    references: tuple[Reference, ...] = ()
    required: tuple[Path, ...] = ()
    fixed: tuple[Path, ...] = ()
    unique: Unique | None = None
    needed: tuple[Needed, ...] = ()
    in_use: InUse | None = None
    takes: tuple[User, ...] = ()
    leaves: Callable[[Thing, Account], Thing | None] = _cleanly
    defaults: Callable[[Thing, Account], Values] = _nothing
    not_late: frozenset[str] = field(default_factory=frozenset)
    tagged: bool = True
    make: Maker = _nothing
    check_create: Check = _allow
    check_change: Check = _allow
    check_delete: Check = _allow
    ignores: Callable[[Path, Any, Any], bool] = _never
    trouble: Callable[[Thing, Account], str | None] = _well
    shows_early: bool = False

    @property
    def path(self) -> str:
        """`<service>/<kind>`."""
        return f"{self.service}/{self.kind}"


def by_name(_: Mapping[str, Any], name: str, __: str) -> str:
    """The external name is the identity."""
    return name


def ref(field_name: str, kind: str, extract: Extract = Extract.EXTERNAL_NAME, *, value: str = "") -> Reference:
    """A reference by the dotted name of its field: `vpcConfig.subnetIdRefs` fills `vpcConfig.subnetIds`."""
    path = tuple(field_name.split("."))
    stem = path[-1].removesuffix("Ref") if path[-1].endswith("Ref") else f"{path[-1].removesuffix('Refs')}s"
    return Reference(ref=path, value=(*path[:-1], value or stem), kind=kind, extract=extract)


def paths(*names: str) -> tuple[Path, ...]:
    """Dotted names as paths."""
    return tuple(tuple(name.split(".")) for name in names)
