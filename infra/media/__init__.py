"""FFmpeg as a process, PyAV as a decoder."""
