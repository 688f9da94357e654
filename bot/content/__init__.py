"""Turns what a turn decided into texts: facts of the directory, answers, phrases, buttons."""
