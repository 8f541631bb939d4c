"""Recording: one FFmpeg per camera, a spool that survives everything, and the way into the store.

`machine` decides per camera and does nothing, `capture` writes command lines, `progress` reads what
FFmpeg says, `spool` and `run` keep what was recorded on disk, `ingest` and `drain` bring it into
the store, `channel` and `worker` tie them together. Rooms of their own: `dating` (wall time),
`bound` (a full spool), `sharing` (several recorders), `watching` (what is known of every camera),
`imports` (recordings from outside). `docs/recording.md` tells the whole.
"""
