"""Calls that we make: to the systems of whoever runs the desk."""
