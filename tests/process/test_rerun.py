"""`scripts/test`'s second run on small suites of their own, each with real pytest processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from footage.clock import SystemClock
from footage.instant import Elapsed

ROOT = Path(__file__).resolve().parent.parent.parent
PLUGINS = "-p xdist -p randomly -p no:cacheprovider"
HEAD = """
import os, random
from pathlib import Path

import pytest

def first(name):
    seen = Path(name)
    if seen.exists():
        return False
    seen.touch()
    return True
"""
STEADY = """
def test_steady(): pass
"""
FLAKY = """
def test_flaky(): assert not first("flaky")
"""
TWICE = """
def test_twice(): assert False
"""


@dataclass(frozen=True, slots=True)
class Suite:
    folder: Path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        # The plugins that matter here, and no others: each process starts in a third of the time.
        chosen = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": PLUGINS}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.rerun", *arguments],
            cwd=self.folder,
            env={**inherited, **chosen, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        with self.start("-n2", *arguments) as process:
            out, _ = process.communicate(timeout=240)
        return process.returncode, out

    def write(self, *tests: str, name: str = "test_it.py") -> None:
        (self.folder / name).write_text(HEAD + "".join(tests), encoding="utf-8")


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    (tmp_path / "pytest.ini").touch()
    return Suite(tmp_path)


def _last(out: str) -> str:
    return re.sub(r" in [\d.]+s", "", out.splitlines()[-1])


def _pytest_runs(out: str) -> int:
    return out.count("test session starts")


def test_what_passes_alone_is_flaky_and_the_run_passes(suite: Suite) -> None:
    suite.write(STEADY, FLAKY)
    code, out = suite.run()
    assert code == 0, out
    assert "\nflaky: test_it.py::test_flaky\n" in out
    assert "\nenter in docs/flaky.md, with its cause: test_it.py::test_flaky\n" in out
    assert _last(out) == "==== 2 passed, 1 flaky ===="


def test_a_listed_flaky_test_is_not_asked_for_again(suite: Suite) -> None:
    suite.write(FLAKY)
    (suite.folder / "docs").mkdir()
    row = "| `test_it.py::test_flaky` | 2026-11-28 | a file left behind |\n"
    (suite.folder / "docs" / "flaky.md").write_text(row, encoding="utf-8")
    code, out = suite.run()
    assert (code, _last(out)) == (0, "==== 1 passed, 1 flaky ====")
    assert "enter in" not in out


def test_what_fails_twice_fails_the_run(suite: Suite) -> None:
    suite.write(STEADY, FLAKY, TWICE)
    code, out = suite.run()
    assert code == 1
    assert "\nfailed twice: test_it.py::test_twice\n" in out
    assert "\nflaky: test_it.py::test_flaky\n" in out
    assert _last(out) == "==== 1 failed, 2 passed, 1 flaky ===="


def test_a_run_that_passes_is_pytest_alone(suite: Suite) -> None:
    suite.write(STEADY)
    code, out = suite.run()
    assert (code, _pytest_runs(out)) == (0, 1)
    assert "1 passed" in out.splitlines()[-1]


def test_every_way_to_fail_a_test_is_run_again(suite: Suite) -> None:
    suite.write(
        """
@pytest.fixture
def broken(): assert not first("setup")

@pytest.fixture
def ending():
    yield
    assert not first("teardown")

def test_setup(broken): pass
def test_teardown(ending): pass
def test_crash():
    if first("crash"):
        os._exit(7)

@pytest.mark.parametrize("odd", ["a::b[c]", "d e/f", "päl\\n", "-x", "tests/*.py"])
def test_odd(odd, request):
    assert not first(f"odd{len(odd)}{odd[:1]}")

class TestGroup:
    def test_in_class(self): assert not first("class")
"""
    )
    code, out = suite.run()
    assert code == 0, out
    assert _last(out) == "==== 9 passed, 9 flaky ===="
    assert "\nflaky: test_it.py::TestGroup::test_in_class\n" in out
    assert "\nflaky: test_it.py::test_odd[a::b[c]]\n" in out


def test_the_second_run_is_alone_serial_and_of_the_same_seed(suite: Suite) -> None:
    suite.write(
        """
def test_steady(): note("steady")
def test_flaky():
    note("flaky")
    assert not first("flaky")
def note(name):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")[:2]
    with Path("log").open("a") as log:
        log.write(f"{name} {worker} {random.random()}\\n")
"""
    )
    code, out = suite.run()
    assert code == 0, out
    lines = [line.split() for line in (suite.folder / "log").read_text().splitlines()]
    assert sorted(line[:2] for line in lines) == [
        ["flaky", "al"],
        ["flaky", "gw"],
        ["steady", "gw"],
    ]
    assert len({number for name, _, number in lines if name == "flaky"}) == 1
    seeds = re.findall(r"Using --randomly-seed=(\d+)", out)
    assert len(seeds) == 2
    assert len(set(seeds)) == 1


def test_arguments_hold_for_both_runs(suite: Suite) -> None:
    suite.write(FLAKY, TWICE)
    code, out = suite.run("--randomly-seed=7", "-k", "not twice", "--junitxml=all.xml", ".")
    assert (code, _last(out)) == (0, "==== 1 passed, 1 flaky ====")
    assert 'failures="1"' in (suite.folder / "all.xml").read_text()


@pytest.mark.parametrize(
    ("tests", "arguments"),
    [
        ("import nothing_of_this_name\n", ["-n2"]),
        ("import nothing_of_this_name\n", ["-n0", "--continue-on-collection-errors"]),
        (FLAKY, ["-n2", "--maxfail=1"]),
        (FLAKY, ["-n0", "--maxfail=1"]),
        ("@pytest.mark.parametrize('n', range(11))\ndef test_many(n): assert 0\n", ["-n0"]),
    ],
    ids=["collection", "collection goes on", "cut short", "cut short serially", "too many"],
)
def test_nothing_else_is_run_again(suite: Suite, tests: str, arguments: list[str]) -> None:
    suite.write(FLAKY, name="test_other.py")
    suite.write(tests)
    code, out = suite.run(*arguments)
    assert code not in (0, 5)
    assert "no failure is run again" in out
    assert "flaky: " not in out
    assert re.fullmatch(r"==== \d+ .* ====", _last(out))


@pytest.mark.parametrize("status", [0, 1])
def test_a_run_that_ends_early_by_itself_fails(suite: Suite, status: int) -> None:
    suite.write(f"def test_end(): os._exit({status})\n", STEADY)
    code, out = suite.run("-n0")
    assert code == 1
    assert "left no report" in out


def test_a_crash_in_the_second_run_fails(suite: Suite) -> None:
    suite.write("def test_end(): os._exit(0)\n", STEADY)
    code, out = suite.run()
    assert code == 1
    assert "\nfailed twice: test_it.py::test_end\n" in out


def test_a_signal_ends_pytest_and_the_run(suite: Suite) -> None:
    suite.write(
        """
def test_waits():
    import signal
    Path("pid.new").write_text(str(os.getpid()))
    Path("pid.new").rename("pid")
    signal.pause()
"""
    )
    clock, pid = SystemClock(), suite.folder / "pid"
    with suite.start("-n0") as process:
        deadline = clock.monotonic() + Elapsed.parse("60s")
        while not pid.exists() and clock.monotonic() < deadline:
            clock.sleep(Elapsed.parse("20ms"))
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, out
    assert not Path("/proc", pid.read_text()).exists()
