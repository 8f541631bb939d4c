"""`python -m infra.servers`: the same as `footage servers`."""

from __future__ import annotations

from infra.cmds.servers import main

if __name__ == "__main__":
    main()
