"""Stories on a real control plane."""
