"""The vector indexes: memory, FAISS shards."""
