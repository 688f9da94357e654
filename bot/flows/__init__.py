"""Runs what flows/ scripts: state and input in, new state and events out; pure."""
