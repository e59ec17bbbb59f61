"""Reading Compose files: YAML with places, interpolation, schema, lowering to Desired."""

from reconciler.compose.folder import Reader, Reading, read

__all__ = ["Reader", "Reading", "read"]
