"""Passes, the loop that runs them, and leadership: the right to write."""
