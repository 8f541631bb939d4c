"""Simulated cameras that burn counter and capture instant into every frame, as the truth.

    with Cameras(tmp_path / "cameras") as cameras:      # tests.common.camera.handle
        url = cameras.add(1)                            # rtsp://127.0.0.1:PORT/cam/1
        url = cameras.add(2, codec="h265", audio="aac", ppm=500, offset_us=3_000_000)
        ...record...
        cameras.feel(1, Condition.DEAD)                 # WELL DEAD STALLED SILENT GARBAGE NOISE
        cameras.flap(1, up=..., down=...)   .jitter(1, 150)   .slow(1, 2_000)   .hang_up(1)
        cameras.step_clock(1, by)   .drift(1, -500)   .change(1, codec="h265", disconnect=False)
        cameras.truth(1)                                # every frame it captured: counter, instant,
                                                        # keyframe?, sent?
    frames_of(segment_bytes)                            # strip.py: decoded stamps and media times

`Look` (model.py) has all options: codec, width, height, fps, gop_ms, slices, refresh (intra
refresh), b_frames, drop (VFR), silent_ms (a hole every 40 s), stamped_fps (a wrong rate),
audio ("aac", "pcmu", "pcma"), sets (parameter sets "never", "keyframe", or wrongly "inside" a
picture), sdp ("right", "nothing", "wrong"), login (Digest), ppm, offset_us, rtp_info.

One process serves all cameras, each on a separate port, RTP inside RTSP's TCP only. Cameras capture
whether or not a client is connected, so a client joins in the middle of a group of pictures. Sender
reports carry the camera's own clock. By hand: `python -m tests.common.camera FOLDER --cameras 4`.
"""
