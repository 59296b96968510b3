"""A gRPC client that does nothing with what it sends and gets: bytes, over one connection, as Crossplane has one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import grpc

METHOD = "/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction"
OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # Else channels of one process to one address share a connection, and end with it.
    ("grpc.use_local_subchannel_pool", 1),
)


class Client:
    """One connection to one server. Lives in one event loop."""

    def __init__(self, address: str) -> None:
        """Connects at the first call."""
        self._channel = grpc.aio.insecure_channel(address, options=OPTIONS)
        self._call: Any = self._channel.unary_unary(METHOD)

    async def __aenter__(self) -> Client:
        """Connects at the first call."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes the connection."""
        await self._channel.close()

    async def ask(self, request: bytes) -> bytes:
        """One call."""
        answer: bytes = await self._call(request)
        return answer

    async def load(self, requests: Iterator[bytes], callers: int, seconds: float) -> list[float]:
        """So many callers at once, each calling again as soon as it is answered.

        Args:
            requests: what is asked, each time the next.
            callers: how many.
            seconds: how long.

        Returns:
            Seconds of each call. Every caller calls at least once, and none begins a call after the end.
        """
        taken: list[float] = []
        end = time.perf_counter() + seconds

        async def caller() -> None:
            while True:
                request = next(requests)
                started = time.perf_counter()
                await self._call(request)
                ended = time.perf_counter()
                taken.append(ended - started)
                if ended >= end:
                    return

        await asyncio.gather(*(caller() for _ in range(callers)))
        return taken
