"""What we keep in the Swarm's own store: the lease, suspensions, history. Each note is a config object; its labels are
the note."""
