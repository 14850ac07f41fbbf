"""What a mail says, and what of it can be believed."""
