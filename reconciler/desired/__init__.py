"""What is wanted: the frozen model that Compose files are lowered to."""
