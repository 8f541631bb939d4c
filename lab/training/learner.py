"""A copy of the model in training, which draws batches and computes gradients."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from infra.encoding.encoder_text import clean_text
from lab.training.augment import augment
from lab.training.captions import describe
from lab.training.facts import fact_rows, fits
from lab.training.losses import contrast, name_facts
from lab.training.vocabulary import CLEAN

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from lab.training.plan import TrainingPlan
    from lab.training.samples import Samples


class Batches:
    """Draws the seeded batches of a learner: augmented pictures, captions, and pairs that fit."""

    def __init__(
        self, samples: Samples, plan: TrainingPlan, vocabulary: Tokenizer, seed: int
    ) -> None:
        self._samples = samples
        self._plan = plan
        self._vocabulary = vocabulary
        self._random = Random(seed)  # noqa: S311  repeatable, no secret
        self._generator = torch.Generator().manual_seed(seed)
        self._facts = fact_rows([seen.facts() for seen in samples.seen])
        crops, frames = np.flatnonzero(samples.is_crop), np.flatnonzero(~samples.is_crop)
        self._crops = crops if len(crops) else frames
        self._frames = frames if len(frames) else crops

    def draw(self) -> dict[str, torch.Tensor]:
        """Draw the next batch: pixels, tokens, right, facts, and single (only a single subject)."""
        crops = round(self._plan.batch * self._plan.crops)
        rows = self._pick(self._crops, crops)
        rows += self._pick(self._frames, self._plan.batch - crops)
        seen = [self._samples.seen[row] for row in rows]
        captions = [describe(one, self._random) for one in seen]
        facts = self._facts[rows]
        right = fits(facts, fact_rows([caption.claims for caption in captions]))
        texts = [clean_text(caption.text, CLEAN) for caption in captions]
        pictures = torch.from_numpy(self._samples.pictures[rows])
        return {
            "pixels": augment(pictures, self._generator),
            "tokens": torch.tensor([self._vocabulary.encode(text).ids for text in texts]),
            "right": torch.from_numpy(right),
            "facts": torch.from_numpy(facts),
            "single": torch.tensor([len(one.subjects) == 1 for one in seen]),
        }

    def _pick(self, pool: NDArray[np.intp], count: int) -> list[int]:
        return [int(pool[self._random.randrange(len(pool))]) for _ in range(count)]


class Learner:
    """A model with heads, and the batches to learn from."""

    def __init__(self, model: Any, heads: torch.nn.Module, batches: Batches) -> None:  # noqa: ANN401
        self.model = model
        self.heads = heads
        self._batches = batches

    def parameters(self) -> list[torch.Tensor]:
        """Return all parameters that are trained, always in the same order."""
        return [*self.model.parameters(), *self.heads.parameters()]

    def learn(self) -> float:
        """Leave the gradients of the next batch on the parameters; return the batch's loss."""
        batch = self._batches.draw()
        for parameter in self.parameters():
            parameter.grad = None
        with torch.autocast("cpu", torch.bfloat16):
            pictures = self.model.encode_image(batch["pixels"])
            texts = self.model.encode_text(batch["tokens"])
        pictures = pictures.float()
        loss = contrast(pictures, texts.float(), self.model.logit_scale, batch["right"])
        loss = loss + name_facts(self.heads(pictures), batch["facts"], batch["single"])
        torch.autograd.backward(loss)
        return float(loss.detach())
