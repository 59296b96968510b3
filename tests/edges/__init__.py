"""Who waits for whom, and what a person is told while something waits or fails."""
