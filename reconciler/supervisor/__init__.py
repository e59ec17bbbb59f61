"""The supervisor of a container: it keeps an engine of our own, the loop and an app running."""
