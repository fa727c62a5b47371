"""Certificates: snapshots that are never looked up again, and the registry that numbers them."""
