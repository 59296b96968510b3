"""A whole hub on one machine: real parts, and the simulator in place of AWS."""
