"""The pass, the loop around it, and what it keeps in the Swarm: the lease, suspensions, history."""
