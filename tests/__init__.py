"""Tests of Helpline, from units to whole conversations."""
