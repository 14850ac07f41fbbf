"""What supervisors ask: what is counted while things happen, and the recount that must agree with it."""
