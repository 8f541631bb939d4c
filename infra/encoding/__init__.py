"""The encoder: exported by open_clip, run by ONNX Runtime; `streets/` is shipped."""
