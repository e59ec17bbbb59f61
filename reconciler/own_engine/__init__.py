"""The engine of a container: the one that is found, or one of our own, and its place in a Swarm."""
