"""Capturing one camera: the state machine, FFmpeg's command line, FFmpeg's messages, audio."""
