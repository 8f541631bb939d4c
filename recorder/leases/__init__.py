"""Several recorders: who has which camera, by leases and by a word among neighbours."""
