"""Plan of a training run: budget, seed, batch, learning rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from footage.instant import Elapsed

_WARM_UP: Final = 0.02
EVERY: Final = Elapsed(180_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """Numbers of a training run.

    Attributes:
        budget: Wall-clock time after which the run ends, unless `steps` is given.
        steps: Number of steps; with `steps` a run repeats on the same machine and versions.
        seed: Decides weights, vocabulary, order, captions and changes.
        learners: Copies of the model that learn side by side, one thread each; their gradients
            are averaged. On a busy machine this beats threads inside a single operation by far.
        batch: Pictures per learner and step.
        rate: Highest learning rate; cosine to zero over the run.
        crops: Share of crops in a batch; the rest are whole frames.
        keep_every: Time between two checkpoints.
    """

    budget: Elapsed
    steps: int | None = None
    seed: int = 7
    learners: int = 2
    batch: int = 64
    rate: float = 1e-3
    crops: float = 0.75
    keep_every: Elapsed = EVERY

    def done(self, steps: int, used: Elapsed) -> float:
        """Return the share of the run that is done, from 0; 1 or more means the end."""
        return steps / self.steps if self.steps else used.us / self.budget.us

    def rate_at(self, done: float) -> float:
        """Return the learning rate after the share `done` of the run: warm-up, then cosine."""
        if done < _WARM_UP:
            return self.rate * (done + 1e-3) / _WARM_UP
        return self.rate * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))
