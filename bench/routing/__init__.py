"""A simulated day on which the product's own router gives out the tickets."""
