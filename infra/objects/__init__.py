"""The object stores: memory, a folder, S3 by `minio`."""
