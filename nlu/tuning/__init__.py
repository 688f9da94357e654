"""Tunes the sentence encoder to the intents; an environment of its own, with PyTorch."""
