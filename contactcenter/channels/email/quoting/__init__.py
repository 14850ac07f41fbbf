"""What somebody newly wrote, told from what they quoted and from their signature."""
