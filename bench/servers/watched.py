"""Our own server, watched: which modules it has imported, and which of them have done something for a call.

python -m bench.servers.watched FILE --address HOST:PORT --insecure

It ends when it is told to, and writes both to FILE. Watching makes it slow: nobody measures how long it takes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from argosy.main import main


def watched(file: Path, arguments: list[str]) -> None:
    """Serves until it is told to end."""
    imported = sorted(sys.modules)
    active: set[str] = set()

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            active.add(str(frame.f_globals.get("__name__")))
        elif event == "c_call":
            active.add(str(getattr(argument, "__module__", None)))

    sys.setprofile(watch)
    try:
        main.main(arguments, standalone_mode=False)
    finally:
        sys.setprofile(None)
        late = sorted(sys.modules.keys() - set(imported))
        file.write_text(json.dumps({"imported": imported, "late": late, "active": sorted(active)}))


if __name__ == "__main__":
    watched(Path(sys.argv[1]), sys.argv[2:])
