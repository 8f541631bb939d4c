"""The encoder: exported by open_clip, run by ONNX Runtime; the shipped one is `streets/`."""
