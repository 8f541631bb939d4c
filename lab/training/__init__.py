"""Train the small encoder that ships with Footage, from rendered street scenes alone.

`python -m lab.training --help` lists the steps: train, export, evaluate. Words and facts are
pure (`facts`, `captions`); torch is imported by the modules of the train step only.
"""
