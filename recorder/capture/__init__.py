"""Capturing a camera: the state machine, FFmpeg's command line, FFmpeg's messages, audio."""
