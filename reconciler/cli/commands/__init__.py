"""Commands: each module has the options of one, and the function that runs it and returns the exit code."""
