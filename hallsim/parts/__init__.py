"""Families of parts, one file for each kind."""
