"""AWS in our own words: engine-free, as coarse as the coarsest engine (ACK folds what Upbound splits)."""
