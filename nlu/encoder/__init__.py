"""The sentence encoder: where its weights come from and the files that both engines run."""
