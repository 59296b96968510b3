"""The packages, the function's image and what `examples/setup` installs, as far as no cluster is needed."""
