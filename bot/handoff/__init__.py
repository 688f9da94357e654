"""Bringing in a human."""
