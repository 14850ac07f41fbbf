"""What the desk asks of other people's servers by itself: guarded, bounded, and never of our own network."""
