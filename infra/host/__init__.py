"""The machine under the product: processes, file locks, logs, the host's clock."""
