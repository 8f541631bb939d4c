"""`footage demo`: from recording to expiry, on rendered streets with known truth."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cmds.output import length, local, progress, size, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.instant import Instant
    from infra.wiring import Parts
    from lab.demo.score import RankedAnswer
    from lab.demo.stage import Stage
    from lab.demo.walk import Recorded

DEMO_SECONDS = 60
LEAST_FOUND = 8
CLIPS = Path("..") / "shared" / "clips" / "intel"


def demo(
    seed: Annotated[int, typer.Option(help="Which streets and traffic.")] = 3,
    servers: Annotated[
        bool, typer.Option("--servers", help="On MinIO, Elasticsearch, PostgreSQL and RTSP.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder of the demo; made anew.")] = Path("demo-out"),
    serve: Annotated[
        bool | None,
        typer.Option(
            "--serve/--no-serve",
            help="Serve the HTTP interface at the end, until Ctrl-C; else only at a terminal.",
        ),
    ] = None,
) -> None:
    """Show the whole path on rendered streets.

    Records, indexes, searches, exports, holds and expires; its last line counts what was found of
    what was truly there.
    """
    from footage.clock import SystemClock
    from infra.config import loading
    from infra.wiring import wired
    from lab.demo import stage

    base = loading.load()
    made = stage.prepare(out, base.cache, servers=servers, clock=SystemClock(), say=_say)
    with wired(loading.load_home(out.resolve())) as parts:
        verdicts = _walk(parts, made, seed, out)
    hits = sum(verdict.in_top for verdict in verdicts)
    _next_steps(out, verdicts, servers=servers)
    from lab.demo.score import last_line

    print(last_line(verdicts))
    if hits < LEAST_FOUND:
        raise typer.Exit(1)
    if sys.stdout.isatty() if serve is None else serve:
        with wired(loading.load_home(out.resolve())) as parts:
            _serve(parts)


def _serve(parts: "Parts") -> None:
    """Serve page and HTTP interface on a free port until Ctrl-C, with an account of every role."""
    from infra.cmds.serve import serve_parts
    from lab.demo import walk

    _head("The page, until Ctrl-C")
    account, password = walk.let_in(parts)
    _say(f"open the address below and sign in: account {account}, password {password}")
    _say("the account is of this demo alone; docs/page.md says what the page can do")
    serve_parts(parts, parts.settings.api.host, 0)


def _walk(parts: "Parts", made: "Stage", seed: int, out: Path) -> "Sequence[RankedAnswer]":
    from footage.instant import Elapsed
    from lab.demo import stage, walk
    from lab.demo.films import render_films
    from lab.demo.scenario import make_scenario

    _head("The city")
    city = stage.import_city(parts.register)
    _say(
        f"{len(city.cameras)} cameras at {len(city.sites)} sites in {len(city.districts)} districts"
    )

    began = walk.begin_ledger(parts)
    _say(f"first checkpoint of the ledger: {began}, before anything is recorded")

    _head("Streets with known truth")
    scenario = make_scenario(seed, stage.CAMERAS, duration_s=DEMO_SECONDS)
    with progress("rendering") as bar:
        films = render_films(scenario, parts.settings.cache / "films", progress=bar)
    _say(
        f"six cameras, {DEMO_SECONDS} s each, ten planted appearances (seed {seed}): {films.folder}"
    )
    stage.give_sources(parts.register, films.files, made)

    _head("Recording")
    with progress("recording") as bar:
        walk.record(parts, Elapsed.seconds(DEMO_SECONDS), bar)
    walk.import_old(parts, films)
    real = walk.import_real(parts, CLIPS)
    _say(f"imported: two recordings of 40 days ago; real footage: {', '.join(real) or 'none here'}")

    _head("Indexing")
    identity = parts.encoder.identity
    _say(f"encoder: {identity.name}. {identity.note}")
    with progress("indexing") as bar:
        report = parts.indexer.run_once(lambda r: bar(r.segments))
    _say(f"{report.segments} segments, {report.keyframes} keyframes, {report.vectors} vectors")

    recordings = walk.recorded(parts)
    spread = max(recording.spread for recording in recordings)
    _say(f"the stamps in the pictures run with the stored times, within {spread.us // 1000} ms")

    _head("Investigator: ten questions, each limited to a place and a time")
    verdicts = [walk.ask(parts, sought) for sought in walk.questions(films, recordings, parts)]
    _show(verdicts, parts.settings.zone)
    best = next((v for v in verdicts if v.rank == 1), verdicts[0])
    walk.draw(parts, best.sought.text, recordings[0].interval, out / "sheet.png")
    _say(f"contact sheet of {best.sought.text!r} on all six cameras: {out / 'sheet.png'}")

    _court(parts, best, out)
    _storage(parts)
    _absence(parts, recordings[0], began, out)
    return verdicts


def _court(parts: "Parts", best: "RankedAnswer", out: Path) -> None:
    from evidence.verify import main as verify
    from lab.demo import walk

    _head("Court liaison: export a moment, and verify the bundle")
    walk.commit(parts)
    exported = walk.export(parts, best, out / "bundle")
    _say(f"{exported.segments} segments, {size(exported.bytes)}: {out / 'bundle'}")
    if verify([str(out / "bundle")]) != 0:
        raise typer.Exit(1)


def _absence(parts: "Parts", recording: "Recorded", began: "Instant", out: Path) -> None:
    from evidence.absence_words import ENGLISH, part_lines
    from evidence.verify import main as verify
    from lab.demo import walk

    _head("Court liaison: certify what a camera has not, and verify the certificate")
    made = walk.certify(parts, recording, began, out / "absence")
    for part in made.cameras[0].parts:
        times = f"{part.interval.start} to {part.interval.end}"
        _say(f"{recording.camera} {times}: {' '.join(part_lines(made.cameras[0], part, ENGLISH))}")
    _say(f"certificate in English and Urdu: {out / 'absence'}")
    if verify([str(out / "absence")]) != 0:
        raise typer.Exit(1)


def _storage(parts: "Parts") -> None:
    from footage.errors import FootageError
    from lab.demo import stage, walk

    _head("Storage admin: hold, plan, apply")
    _say(walk.hold_old(parts))
    plan, done = walk.expire(parts)
    totals = plan.totals
    _say(
        f"plan {plan.id}: {totals['segments']} segments go ({size(totals['bytes'])}), "
        f"{totals['held_segments']} are due but held"
    )
    _say(f"applied: {done.purged} deleted, {size(done.bytes_freed)} freed")
    held, gone = (walk.timeline_of(parts, camera) for camera in stage.OLD_CAMERAS)
    if not held.spans or gone.spans:
        raise FootageError("the hold did not spare its camera alone")
    for gap in gone.gaps:
        if gap.detail:
            _say(f"{gone.camera}: {gap.reason.value}, {gap.detail}, {length(gap.interval.length)}")
    _say(f"{held.camera}: still recorded, {length(held.spans[0].interval.length)}")

    _head("Auditor: the custody log")
    findings = [f for f in parts.custody.verify() if f.kind.proves_tampering]
    if findings:
        raise FootageError(f"the custody log has {len(findings)} findings")
    _say(f"{parts.register.custody_head()[0]} entries, chain whole")


def _show(verdicts: "Sequence[RankedAnswer]", zone: str) -> None:
    table(
        "found against truly there",
        ("question", "place", "light", "truly there", "best answer", "rank"),
        (
            (
                verdict.sought.text,
                verdict.sought.site,
                verdict.sought.light,
                f"{verdict.sought.camera} {local(verdict.sought.seen[0].start, zone)[11:19]}",
                f"{verdict.found[0].camera} {local(verdict.found[0].instant, zone)[11:19]}"
                if verdict.found
                else "nothing",
                str(verdict.rank or "not found"),
            )
            for verdict in verdicts
        ),
    )


def _next_steps(out: Path, verdicts: "Sequence[RankedAnswer]", *, servers: bool) -> None:
    question = verdicts[0].sought
    _head("Next, with this demo's footage")
    _say(f"export FOOTAGE_HOME={out.resolve()}")
    for line in (
        f'footage search "{question.text}" --site {question.site} --sheet found.png',
        f"footage timeline --camera {question.camera}",
        "footage hold list",
        "footage audit show",
        "footage doctor",
        "footage serve",
        *(["footage servers down"] if servers else []),
    ):
        _say(f".venv/bin/{line}")


def _head(text: str) -> None:
    from rich.console import Console

    Console().print(f"\n[bold]{text}[/bold]")


def _say(text: str) -> None:
    print(text, flush=True)
