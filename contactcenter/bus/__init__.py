"""Wake-ups and live updates: in one process, or over Redis. Nothing is ever recovered from it."""
