"""The API reference: pages made from the OpenAPI document, in the look of the other docs."""
