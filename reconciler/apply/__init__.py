"""Applying: a plan's graph walked in parallel, with retries inside the pass and backoff between passes."""
