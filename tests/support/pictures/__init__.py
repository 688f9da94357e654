"""Draws the pictures of docs/: a whole line is driven, and its phones are shown as they stand."""
