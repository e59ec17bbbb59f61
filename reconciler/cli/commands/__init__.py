"""The commands: each module has the options of one, and the function that does it and returns the exit code."""
