"""The OpenAPI document: how operations are declared beside their views, and how the document is put together."""
