"""Keep a Docker Swarm exactly as the Compose files in ``desired/`` say."""

__version__ = "0.1.0"
