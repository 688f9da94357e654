"""Understanding, without a server."""
