"""The command line as a person runs `footage`: in a separate process and home folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from footage.errors import FootageError
from infra.cli import app

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Said:
    """Result of a command: exit code and printed text."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the command documents
        """Standard output, read as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Cli:
    """Runs `footage` in the home `home`."""

    home: Path

    def __call__(self, *words: str, **settings: str) -> Said:
        """Run a command to the end; `settings` go into the command's environment."""
        return self.answering(None, *words, **settings)

    def answering(self, answers: str | None, *words: str, **settings: str) -> Said:
        """Run a command whose questions are answered, a line each; None: standard input is ours."""
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli", *words],
            input=answers,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
            env={**os.environ, "FOOTAGE_HOME": str(self.home), **settings},
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def ok(self, *words: str, **settings: str) -> Said:
        """Run a command that must succeed."""
        said = self(*words, **settings)
        assert said.code == 0, said.out + said.err
        return said

    def refused(self, *words: str, **settings: str) -> Said:
        """Run a command that must fail with a single error line and no traceback."""
        said = self(*words, **settings)
        assert said.code != 0, said.out
        assert "Traceback" not in said.err, said.err
        lines = [line for line in said.err.splitlines() if line.startswith("footage: ")]
        assert len(lines) == 1, said.err
        return said


class CliHere(Cli):
    """Runs `footage` within this process, which takes a tenth of the time."""

    def __call__(self, *words: str, **settings: str) -> Said:
        """Run a command to the end; `settings` go into the command's environment."""
        environment = {"FOOTAGE_HOME": str(self.home), **settings}
        done = CliRunner().invoke(app, words, env=environment)
        if isinstance(done.exception, FootageError):
            return Said(done.exception.exit_code, done.stdout, f"footage: {done.exception}\n")
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Said(done.exit_code, done.stdout, done.stderr)
