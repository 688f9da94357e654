"""What contacts write or tap does to their case."""
