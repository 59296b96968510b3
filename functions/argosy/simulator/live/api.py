"""The hub's API server, as far as a provider needs it: find, list, watch, replace. The only user of `kubernetes`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes.client import ApiClient
from kubernetes.config import ConfigException, new_client_from_config
from urllib3.exceptions import HTTPError

from argosy.simulator.values import Values

MANAGER = "provider"
"""Field manager of provider-upjet-aws: client-go takes the name of its program."""
CONNECTIONS = 80
"""One for each watch, some for writes; what is beyond is opened and thrown away for each call."""
CALL = (3.0, 20.0)
"""Seconds to connect and to wait for an answer."""
WATCH_SECONDS = 60
"""After so long the server ends a watch. A dead connection is noticed as late."""


class FailedError(Exception):
    """A call did not do what it should.

    Attributes:
        status: HTTP status, 0 if there was no answer.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    @property
    def passing(self) -> bool:
        """Whether it may work later with nothing else changed."""
        return self.status in (0, 429) or self.status >= 500


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A kind of object that is watched.

    Attributes:
        path: what it is called in the cache; `<group>/<kind>` but for core.
        group: API group, "" for core.
        kind: as in manifests.
        namespace: the only one that counts; all if that is empty.
        name: the only one that counts; all if that is empty.
    """

    path: str
    group: str
    kind: str
    namespace: str = ""
    name: str = ""


class Api:
    """Calls to one API server; may be used by several threads."""

    def __init__(self, kubeconfig: str | None) -> None:
        """Reads a kubeconfig; calls nothing.

        Args:
            kubeconfig: its path; None for $KUBECONFIG.

        Raises:
            ValueError: there is none, or it makes no sense.
        """
        try:
            client = new_client_from_config(kubeconfig)  # type: ignore[no-untyped-call]
        except ConfigException as error:
            raise ValueError(f"kubeconfig {kubeconfig or '$KUBECONFIG'}: {error}") from error
        client.configuration.retries = False  # urllib3's own would hide for seconds that the server is gone
        client.configuration.connection_pool_maxsize = CONNECTIONS
        self._client = ApiClient(client.configuration)

    def discover(self, resource: Resource) -> str | None:
        """The path under which a kind is listed, None if it is not served.

        Raises:
            FailedError: the server does not answer, or with an error.
        """
        for root in self._roots(resource):
            found = [item for item in self._call("GET", root)["resources"] if "/" not in item["name"]]
            plural = next((item["name"] for item in found if item["kind"] == resource.kind), None)
            if plural is not None:
                return f"{root}/namespaces/{resource.namespace}/{plural}" if resource.namespace else f"{root}/{plural}"
        return None

    def _roots(self, resource: Resource) -> list[str]:
        """Where the kind may be: versions of its group, newest first. Not every kind of a group has each."""
        if not resource.group:
            return ["/api/v1"]
        try:
            told = self._call("GET", f"/apis/{resource.group}")
        except FailedError as error:
            if error.status == 404:
                return []
            raise
        return [f"/apis/{version['groupVersion']}" for version in told["versions"]]

    def list(self, where: str, name: str) -> tuple[list[Values], str]:
        """All objects, or the one of that name, and the resourceVersion of the list.

        Raises:
            FailedError: the server does not answer, or with an error.
        """
        told = self._call("GET", where, _only(name))
        kind = str(told["kind"]).removesuffix("List")
        items = [{"apiVersion": told["apiVersion"], "kind": kind, **item} for item in told["items"]]
        return items, told["metadata"]["resourceVersion"]

    def watch(self, where: str, name: str, version: str) -> Iterator[tuple[str, Values]]:
        """Types of events and objects that came after `version`, until the server ends it.

        Raises:
            FailedError: the server does not answer, or with an error; 410 if `version` is too old.
        """
        query = {
            **_only(name),
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        response = self._open("GET", where, query, None, (CALL[0], WATCH_SECONDS + 10.0))
        rest = b""
        try:
            for chunk in response.stream(None):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        raise FailedError(int(event["object"].get("code", 0)), str(event["object"].get("message")))
                    yield event["type"], event["object"]
        except HTTPError as error:
            raise FailedError(0, f"the watch broke: {error}") from error
        finally:
            response.close()

    def replace(self, where: str, item: Mapping[str, Any], *, status: bool = False) -> Values:
        """Replaces an object as it was read, or its status; the object as it is then.

        Args:
            where: the path under which its kind is listed, for all namespaces.
            item: with the resourceVersion that was read.
            status: whether its status is replaced, and nothing else.

        Raises:
            FailedError: 409 if it has changed meanwhile, 404 if it is gone; or the server does not answer.
        """
        root, _, plural = where.rpartition("/")
        namespace, name = item["metadata"].get("namespace"), item["metadata"]["name"]
        path = f"{root}/namespaces/{namespace}/{plural}/{name}" if namespace else f"{root}/{plural}/{name}"
        return self._call("PUT", f"{path}/status" if status else path, {"fieldManager": MANAGER}, item)

    def _call(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> Values:
        response = self._open(method, path, query, body, CALL)
        try:
            return json.loads(response.data)  # type: ignore[no-any-return]
        except HTTPError as error:
            raise FailedError(0, f"{method} {path}: {error}") from error

    def _open(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        timeout: tuple[float, float],
    ) -> Any:
        """The answer as urllib3 has it, not read yet."""
        call = self._client.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": "application/json", "Content-Type": "application/json"},
            body=body,
            auth_settings=["BearerToken"],
        )
        try:
            response = self._client.call_api(*call, _request_timeout=timeout).response
            if response.status >= 300:
                raise FailedError(response.status, f"{method} {path}: {_message(response.data)}")
        except HTTPError as error:
            raise FailedError(0, f"{method} {path}: {error}") from error
        return response


def _only(name: str) -> dict[str, str]:
    return {"fieldSelector": f"metadata.name={name}"} if name else {}


def _message(body: bytes) -> str:
    """What a Status says; the body if it is none."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:200]
