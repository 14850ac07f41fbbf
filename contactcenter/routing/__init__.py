"""Who takes a ticket, and by when."""
