"""The API under /api/v1: nouns, typed in and out, described by itself in OpenAPI."""
