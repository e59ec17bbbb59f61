"""Reading of Compose files: YAML with places, interpolation, schema, and lowering to Desired."""

from reconciler.compose.folder import Reader, Reading, read

__all__ = ["Reader", "Reading", "read"]
