"""The values that travel the path of a message; imports nothing of ours."""
