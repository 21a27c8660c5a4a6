"""What the server reports about itself: counters of every process, and its status."""
