"""The nouns: tables (SQLModel), frozen values and events.

A table is not I/O: nothing here opens a connection, reads a clock or imports a library of the edges. Every word is
explained in docs/glossary.md, and a test fails when one is missing there.
"""
