"""What people read about an evaluation."""
