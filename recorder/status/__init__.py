"""Present status of every camera, and which camera needs a person first."""
