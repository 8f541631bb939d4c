"""The subcommands of `footage`, one module each."""
