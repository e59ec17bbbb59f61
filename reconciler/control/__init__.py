"""A running loop from outside: the socket that it listens on, and the file that says how it is.

What is imported for a health check is light: neither the report's models nor the engine's client.
"""
