"""`python -m lab.servers`: the same as `footage servers`."""

from __future__ import annotations

from lab.cmds.servers import main

if __name__ == "__main__":
    main()
