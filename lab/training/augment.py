"""Slight random changes to training pictures, as by another camera, lens or hour."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  as everyone calls it

from lab.training.model import MEAN, SIDE, STD


def augment(pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return a batch of input with random flips, shifts, sizes, exposure, white balance and noise.

    Args:
        pictures: uint8 [n, height, width, 3] of any size.
        generator: Random generator of every change.

    Returns:
        float32 [n, 3, SIDE, SIDE], normalised by `MEAN` and `STD`.
    """
    light = pictures.permute(0, 3, 1, 2).float() / 255.0
    moved = _move(light, generator)
    n = len(moved)

    def between(low: float, high: float, *shape: int) -> torch.Tensor:
        return low + (high - low) * torch.rand(n, *shape, generator=generator)

    exposed = moved.clamp(1e-3, 1).pow(between(0.75, 1.35, 1, 1, 1)) * between(0.8, 1.2, 1, 1, 1)
    balanced = exposed * between(0.95, 1.05, 3, 1, 1)
    noise = torch.randn(balanced.shape, generator=generator) * between(0.0, 0.04, 1, 1, 1)
    return _normalised((balanced + noise).clamp(0, 1))


def _move(light: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    n = len(light)
    flip = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)  # noqa: PLR2004  a coin
    size = 0.85 + 0.3 * torch.rand(n, 2, generator=generator)
    shift = 0.24 * (torch.rand(n, 2, generator=generator) - 0.5)
    turn = torch.zeros(n, 2, 3)
    turn[:, 0, 0] = flip * size[:, 0]
    turn[:, 1, 1] = size[:, 1]
    turn[:, :, 2] = shift
    grid = F.affine_grid(turn, [n, 3, SIDE, SIDE], align_corners=False)
    return F.grid_sample(light, grid, padding_mode="border", align_corners=False)


def _normalised(light: torch.Tensor) -> torch.Tensor:
    mean = torch.tensor(MEAN).view(1, 3, 1, 1)
    std = torch.tensor(STD).view(1, 3, 1, 1)
    return ((light - mean) / std).contiguous(memory_format=torch.channels_last)
