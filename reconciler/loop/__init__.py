"""The pass, the loop around it, and leadership: the right to act."""
