"""Import of recordings made elsewhere: camera, start, and the way into the store."""
