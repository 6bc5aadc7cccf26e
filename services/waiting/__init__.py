"""Waitlists: who waits, and the one offer at a time."""
