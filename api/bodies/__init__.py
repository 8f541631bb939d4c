"""Bodies of requests and responses of the HTTP API, a module for each subject."""
