"""Planning: canonical form of both sides, differences by field, ordered actions, removals. Pure."""
