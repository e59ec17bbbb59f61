"""Commands: arguments, exit codes, and what users see."""
