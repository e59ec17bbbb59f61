"""Judging: whether a service is ready, progressing or degraded, and why. Pure."""
