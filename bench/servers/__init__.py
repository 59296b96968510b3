"""Who answers: each a process of its own, on one core, spoken to over one connection."""
