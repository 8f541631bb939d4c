"""The subcommands of `footage`, a module for each."""
