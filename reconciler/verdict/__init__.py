"""Judging, which is pure: is a service ready, on its way, degraded, and why."""
