"""The one table of the service spec: each plain Compose key with its API path, form, default and version.

``service`` and ``network`` are the table, ``beside`` has what is too intricate for a line of it. Lowering, raising,
the canonical form, the engine check and COMPOSE.md read it.
"""
