"""The settings: one table, from which options, variables, the file, its schema and its reference page are made."""
