"""Reading Compose files: YAML with places, interpolation, schema, lowering to Desired."""

from reconciler.compose.reading import Reading, read

__all__ = ["Reading", "read"]
