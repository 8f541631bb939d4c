"""Train, export or evaluate the encoder: `python -m lab.training train|export|evaluate`."""

from __future__ import annotations

import argparse
import dataclasses
import logging
from pathlib import Path
from typing import Final

from footage.clock import SystemClock
from footage.instant import Elapsed
from infra.encoding.encoder_folder import read_card, rewrite_card
from infra.encoding.onnx_encoder import OnnxEncoder
from lab.training.evaluate import evaluate
from lab.training.plan import TrainingPlan
from lab.training.samples import load_samples

_log = logging.getLogger("lab.training")

NOTE: Final = (
    "trained on rendered scenes; for real footage set a real model: "
    "`footage encoder use ViT-B-32-SigLIP2-256/webli`"
)


def main() -> None:
    """Run the step that the command line names: train, export or evaluate."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given = _parser().parse_args()
    steps = {"train": _train, "export": _export, "evaluate": _evaluate}
    steps[given.step](given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab.training", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    train = steps.add_parser("train", help="train on rendered pictures, write a checkpoint")
    train.add_argument("pictures", type=Path, help="of python -m lab.scenes.dataset")
    train.add_argument("checkpoint", type=Path, help="folder to write")
    train.add_argument("--minutes", type=float, default=35.0, help="wall-clock budget")
    train.add_argument("--steps", type=int, help="number of steps instead of minutes")
    train.add_argument("--seed", type=int, default=7)
    train.add_argument("--learners", type=int, default=2, help="copies side by side, a core each")
    train.add_argument("--rate", type=float, default=1e-3, help="highest learning rate")
    train.add_argument("--begin-with", type=Path, help="checkpoint to go on from")
    export = steps.add_parser("export", help="make the folder that ships from a checkpoint")
    export.add_argument("checkpoint", type=Path)
    export.add_argument("folder", type=Path)
    export.add_argument("--storage", choices=("float32", "float16", "int8"), default="int8")
    measure = steps.add_parser("evaluate", help="measure a folder and write figures into its card")
    measure.add_argument("folder", type=Path)
    measure.add_argument("pictures", type=Path, help="of --split test")
    return parser


def _train(given: argparse.Namespace) -> None:
    from lab.training.loop import Trainer, train  # noqa: PLC0415  torch

    plan = TrainingPlan(
        budget=Elapsed(int(given.minutes * 60e6)),
        steps=given.steps,
        seed=given.seed,
        learners=given.learners,
        rate=given.rate,
    )
    trainer = Trainer(load_samples(given.pictures), plan, given.begin_with)
    train(trainer, plan, given.checkpoint, SystemClock(), _log.info)


def _export(given: argparse.Namespace) -> None:
    from infra.encoding.openclip_encoder import Provenance, export  # noqa: PLC0415  torch

    provenance = Provenance(
        name="streets",
        trained_on="street scenes rendered by lab.scenes; no photograph, no other weights",
        note=NOTE,
        unfit=True,
        whole_words=True,
        licence="as Footage",
    )
    export(given.checkpoint, None, given.folder, provenance=provenance, storage=given.storage)
    _log.info("%s written", given.folder)


def _evaluate(given: argparse.Namespace) -> None:
    samples = load_samples(given.pictures)
    figures = evaluate(OnnxEncoder(given.folder), samples)
    for name, value in figures.items():
        _log.info("%-28s %.3f", name, value)
    rewrite_card(given.folder, dataclasses.replace(read_card(given.folder), figures=figures))


if __name__ == "__main__":
    main()
