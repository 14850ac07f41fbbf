"""What the assistant knows, and when it dares to answer."""
