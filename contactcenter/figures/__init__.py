"""What supervisors ask: counters kept while things happen, and the recount that must agree with them."""
