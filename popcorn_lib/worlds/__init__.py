"""The worlds that run kernels: in virtual time (simulate), over every interleaving (explore)."""
