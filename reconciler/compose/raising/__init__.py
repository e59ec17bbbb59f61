"""Raising, the reverse of lowering: from Engine API objects to a Compose file that lowers to them. Defaults are left
out."""
