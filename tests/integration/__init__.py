"""Tests that need more than one part of the system, or the network of this machine."""
