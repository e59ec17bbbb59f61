"""The commands: arguments, exit codes, and what people see."""
