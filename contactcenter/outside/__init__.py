"""Calls that we make, guarded and bounded: to systems of whoever runs the desk, and to other people's servers."""
