"""Planning, which is pure: canonical form of both sides, differences by field, ordered actions, removals."""
