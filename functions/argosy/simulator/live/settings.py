"""What people ask of the simulator while it runs: faults, slowness and the length of a beat, in a ConfigMap.

apiVersion: v1
kind: ConfigMap
metadata: {name: simulator, namespace: argosy-simulator}
data:
  beat: "0.5"
  faults: |
    - match: {crossplane.io/composite: orders}
      key: nat-gateway-a
      message: "NatGatewayLimitExceeded: ..."
    - match: {crossplane.io/composite: orders}
      kind: Cluster
      slow: 20

An edit counts from the next beat on, and so does its end.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from argosy.simulator.live.api import Resource
from argosy.simulator.server import KEY

CONFIG = Resource(path="ConfigMap", group="", kind="ConfigMap", namespace="argosy-simulator", name="simulator")
FIELDS: Mapping[str, type] = {"match": dict, "kind": str, "key": str, "message": str, "slow": int}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What befalls some objects.

    Attributes:
        match: labels that they have, all of them.
        kind: their kind; any if that is empty.
        key: their composition-resource name; any if that is empty.
        message: what AWS says instead of making them; nothing if that is empty.
        slow: beats that they take longer.
    """

    match: Mapping[str, str]
    kind: str = ""
    key: str = ""
    message: str = ""
    slow: int = 0

    def befalls(self, item: Mapping[str, Any]) -> bool:
        """Whether an object is meant."""
        labels = item["metadata"].get("labels") or {}
        key = (item["metadata"].get("annotations") or {}).get(KEY)
        return (
            all(labels.get(name) == value for name, value in self.match.items())
            and self.kind in ("", item["kind"])
            and self.key in ("", key)
        )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is asked for.

    Attributes:
        beat: seconds per beat; None if nobody said.
        faults: the first that befalls an object counts.
    """

    beat: float | None = None
    faults: tuple[Fault, ...] = ()

    def message(self, item: Mapping[str, Any]) -> str:
        """What AWS says instead of making an object; nothing if that is empty."""
        return next((fault.message for fault in self.faults if fault.message and fault.befalls(item)), "")

    def slow(self, item: Mapping[str, Any]) -> int:
        """Beats that an object takes longer."""
        return next((fault.slow for fault in self.faults if fault.slow and fault.befalls(item)), 0)


class Reading:
    """Follows the ConfigMap; a wrong one is logged, and the last good one counts."""

    def __init__(self) -> None:
        """Starts with nothing asked for."""
        self.current = Settings()
        self._seen: str | None = None

    def read(self, config: Mapping[str, Any] | None) -> Settings:
        """What counts now that the ConfigMap is so; None if there is none."""
        version = config["metadata"]["resourceVersion"] if config is not None else None
        if version == self._seen:
            return self.current
        self._seen = version
        try:
            self.current = parse((config or {}).get("data") or {})
            logging.info("config   %d faults, beat %s", len(self.current.faults), self.current.beat or "as started")
        except ValueError as error:
            logging.error("config   ConfigMap %s/%s is ignored: %s", CONFIG.namespace, CONFIG.name, error)
        return self.current


def parse(data: Mapping[str, str]) -> Settings:
    """The data of the ConfigMap.

    Raises:
        ValueError: says what is wrong with it.
    """
    if strangers := sorted(set(data) - {"beat", "faults"}):
        raise ValueError(f"unknown key {strangers[0]}; there are beat and faults")
    beat = float(data["beat"]) if "beat" in data else None
    if beat is not None and not 0.01 <= beat <= 3600:
        raise ValueError(f"beat {beat} is not between 0.01 and 3600 seconds")
    try:
        faults = YAML(typ="safe").load(data.get("faults", "")) or []
    except YAMLError as error:
        raise ValueError(f"faults is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(faults, list):
        raise ValueError("faults is no list")
    return Settings(beat=beat, faults=tuple(_fault(number, item) for number, item in enumerate(faults)))


def _fault(number: int, item: Any) -> Fault:
    where = f"faults[{number}]"
    if not isinstance(item, dict) or "match" not in item or not {"message", "slow"} & item.keys():
        raise ValueError(f"{where} needs match, and message or slow")
    for name, value in item.items():
        if not isinstance(value, FIELDS.get(name, ())) or isinstance(value, bool):
            kinds = ", ".join(f"{field} ({kind.__name__})" for field, kind in FIELDS.items())
            raise ValueError(f"{where}.{name} is unknown or of the wrong type; there are {kinds}")
    if wrong := [name for name, value in item["match"].items() if not isinstance(value, str)]:
        raise ValueError(f"{where}.match.{wrong[0]} is no text: quote it")
    return Fault(**item)
