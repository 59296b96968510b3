"""A whole hub on one machine, without Docker and without a cloud.

python -m tests.hub.local up
python -m tests.hub.local down
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.hub.local.home import Home
from tests.hub.local.hub import down, up


def main(arguments: Sequence[str]) -> int:
    """Starts or ends the hub of this checkout.

    Returns:
        Exit status: 0 done, 1 a part of the hub failed, 2 wrong use, 130 interrupted.
    """
    match list(arguments):
        case ["up"]:
            try:
                return up(Home())
            except KeyboardInterrupt:
                print("\ninterrupted: `make hub` goes on from here, `make hub-down` ends it", file=sys.stderr)
                return 130
        case ["down"]:
            return down(Home())
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
