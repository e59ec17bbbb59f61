"""Sources of wake-ups, each of which gives a reason and never content."""
