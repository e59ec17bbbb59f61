"""What is: the frozen Snapshot that one observation of the Swarm yields. Data only; filled in by ``swarm``."""
