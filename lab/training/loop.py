"""Training loop: contrastive, with heads that name facts, on a wall-clock budget.

Pictures and captions of a batch are compared all with all; each caption that fits a picture
(`lab.training.facts.fits`) is a right answer for that picture, also if written for another. The
weights kept are a running mean, which costs nothing and searches better than the weights of the
last step.
"""

from __future__ import annotations

import copy
import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import torch

from lab.training.learner import Batches, Learner
from lab.training.model import CONTEXT, Heads, build, load_weights, save_checkpoint
from lab.training.vocabulary import PAD, train_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tokenizers import Tokenizer

    from footage.clock import Clock
    from lab.training.plan import TrainingPlan
    from lab.training.samples import Samples

_MOST_SCALE: Final = math.log(50.0)
_LOG_EVERY: Final = 50
_MEAN_OVER: Final = 0.998


class Trainer:
    """Learners, optimiser and running mean of a training run.

    Args:
        samples: The training pictures.
        plan: Seed, batch and the like.
        begin_with: Checkpoint to continue from, or None for random weights.
    """

    def __init__(
        self, samples: Samples, plan: TrainingPlan, begin_with: Path | None = None
    ) -> None:
        # Learners run side by side; threads inside an operation would wait for each other at every
        # step of the operation, which on a busy machine costs three quarters of the speed
        # (measured).
        torch.set_num_threads(1)
        self._plan = plan
        self.vocabulary: Tokenizer = train_vocabulary(plan.seed)
        self.vocabulary.enable_truncation(CONTEXT)
        self.vocabulary.enable_padding(length=CONTEXT, pad_id=PAD, pad_token="[pad]")  # noqa: S106
        model = build(self.vocabulary.get_vocab_size(), plan.seed)
        if begin_with is not None:
            load_weights(model, begin_with)
        model.to(memory_format=torch.channels_last).train()
        heads = Heads()
        self.mean: Any = copy.deepcopy(model).eval()
        self._learners = [
            Learner(
                model if number == 0 else copy.deepcopy(model),
                heads if number == 0 else copy.deepcopy(heads),
                Batches(samples, plan, self.vocabulary, plan.seed + number),
            )
            for number in range(plan.learners)
        ]
        self._first = self._learners[0]
        self._optimiser = torch.optim.AdamW(
            self._first.parameters(), lr=plan.rate, weight_decay=0.02, betas=(0.9, 0.98)
        )
        self._pool = ThreadPoolExecutor(plan.learners)
        self.steps = 0

    def step(self, done: float) -> float:
        """Train on a batch per learner; return the mean loss. `done` is the run's share, 0..1."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._plan.rate_at(done)
        losses = list(self._pool.map(Learner.learn, self._learners))
        self._average()
        torch.nn.utils.clip_grad_norm_(self._first.parameters(), 1.0)
        self._optimiser.step()
        self._follow()
        return sum(losses) / len(losses)

    @torch.no_grad()
    def _average(self) -> None:
        every = [learner.parameters() for learner in self._learners]
        for first, *others in zip(*every, strict=True):
            for other in others:
                if first.grad is not None and other.grad is not None:
                    first.grad.add_(other.grad)
            if first.grad is not None:
                first.grad.div_(len(every))

    @torch.no_grad()
    def _follow(self) -> None:
        """Copy the new weights to the other learners, and update the running mean."""
        self._first.model.logit_scale.clamp_(0.0, _MOST_SCALE)
        for learner in self._learners[1:]:
            torch._foreach_copy_([*learner.parameters()], [*self._first.parameters()])
        self.steps += 1
        weight = 1.0 - min(_MEAN_OVER, self.steps / (self.steps + 20.0))
        mean, newest = self.mean.state_dict(), self._first.model.state_dict()
        floats = [name for name, value in mean.items() if value.is_floating_point()]
        torch._foreach_lerp_(
            [mean[name] for name in floats], [newest[name] for name in floats], weight
        )

    def save(self, folder: Path) -> None:
        """Write the running mean of the weights as a checkpoint into `folder`."""
        save_checkpoint(self.mean, self.vocabulary, folder)


def train(
    trainer: Trainer, plan: TrainingPlan, out: Path, clock: Clock, say: Callable[[str], None]
) -> None:
    """Run a plan and write checkpoints into `out`, the last at the end of the run.

    Args:
        trainer: A fresh trainer of the same plan.
        plan: Budget, seed and the like.
        out: Folder of the checkpoint (open_clip's `local-dir:` form).
        clock: Clock that measures the used budget.
        say: Called with a line of progress every 50 steps.
    """
    begin = clock.monotonic()
    kept, loss = 0, 0.0
    while (done := plan.done(trainer.steps, used := clock.monotonic() - begin)) < 1.0:
        now = trainer.step(done)
        loss = now if trainer.steps == 1 else 0.95 * loss + 0.05 * now
        if trainer.steps % _LOG_EVERY == 0:
            say(f"step {trainer.steps}, {used.us / 60e6:.1f} min, loss {loss:.3f}")
        if used.us // plan.keep_every.us > kept:
            kept = used.us // plan.keep_every.us
            trainer.save(out)
    trainer.save(out)
    say(f"{trainer.steps} steps, loss {loss:.3f}, checkpoint in {out}")
