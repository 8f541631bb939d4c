"""The HTTP API under `/api/v1`, over services that the caller has built."""
