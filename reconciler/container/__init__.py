"""The container: one entrypoint, which keeps an engine of its own, the loop and an app running."""
