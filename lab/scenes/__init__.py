"""Rendered street scenes with exact truth, for the demo's films and the shipped model's training.

All modules are pure and seeded except `panda_renderer`, the only module that imports Panda3D.
Lengths are metres, x runs along the main road, y away from the camera's side, z up.
"""
