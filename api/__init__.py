"""The HTTP API under `/api/v1`. The API receives ready services and never builds a service."""
