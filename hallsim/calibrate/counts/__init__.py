"""Halls from counts alone: half-hour summaries and display snapshots instead of tickets."""
