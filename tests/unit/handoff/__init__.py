"""Handing over, decided without a server."""
