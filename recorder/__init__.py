"""Recording: an FFmpeg per camera, a spool on local disk, and the way into the store.

`service` is the recorder, `cameras` its tasks, `channel` one task, `disk_queue` the work on
a camera's disk, `gaps` the open gap, `ports` what the recorder needs from outside.

- `capture/`: what to do with one camera (a pure state machine), FFmpeg's command line and messages.
- `spool/`: what was recorded, on local disk; runs, their journals, recovery after a crash.
- `store/`: the uploader, its retry queues, the way into the store, eviction from a full spool.
- `timing/`: from media time to wall time.
- `status/`: the state of every camera now.
- `leases/`: how several recorders share the cameras.
- `imports/`: recordings from outside.

`docs/recording.md` describes the recorder as a whole.
"""
