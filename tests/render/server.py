"""A function as a process of its own, reached over gRPC as core reaches it."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

START_SECONDS = 30
STOP_SECONDS = 10


@contextmanager
def serving(command: Sequence[str]) -> Iterator[str]:
    """Run a function server until the block ends.

    Args:
        command: A program with the standard options of a function; `--insecure` and `--address` are added.

    Yields:
        Its address, `127.0.0.1:<port>`, once it listens.

    Raises:
        RuntimeError: It ended or did not listen within `START_SECONDS`; the message holds what it printed.
    """
    address = f"127.0.0.1:{_free_port()}"
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen([*command, "--insecure", "--address", address], stdout=log, stderr=subprocess.STDOUT)
        try:
            if not _listens(process, address):
                log.seek(0)
                message = f"{' '.join(command)} does not listen on {address}: {log.read()}"
                raise RuntimeError(message)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _listens(process: subprocess.Popen[bytes], address: str) -> bool:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False
