"""YAML that anybody may have written, as data with places, and within bounds."""
