"""Pure design: from a claim and what is known to a plan. Reads like a contents page."""
