"""Several recorders share the cameras: leases in the register, and promises between recorders."""
