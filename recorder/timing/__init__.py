"""Wall time from media time: arrivals of frames, and the interval of each segment."""
