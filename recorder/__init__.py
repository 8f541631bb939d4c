"""Recording: one FFmpeg per camera, a spool that survives everything, and the way into the store.

`machine` decides per camera and does nothing, `capture` writes command lines, `progress` reads what
FFmpeg says, `anchor` and `placing` turn media time into wall time, `spool` and `run` keep what was
recorded on disk, `ingest` and `drain` bring it into the store, `channel` and `worker` tie them
together, `importing` takes in recordings from outside. `docs/recording.md` tells the whole.
"""
