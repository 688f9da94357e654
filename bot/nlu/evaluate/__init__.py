"""Measures how well labelled sentences are understood; `measure.measure` is where to begin.

Needs scikit-learn and scipy, of the dependency group `evaluate`: only who measures imports it.
"""
