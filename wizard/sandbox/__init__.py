"""The sandbox cloud: a small internet on loopback that speaks the vendors' protocols."""
