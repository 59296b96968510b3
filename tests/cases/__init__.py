"""Golden files: what every example becomes, in full, and the story of how."""
