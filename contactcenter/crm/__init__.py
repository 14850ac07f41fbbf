"""Who is writing, and all we know of them."""
