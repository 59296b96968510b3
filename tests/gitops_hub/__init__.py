"""Stories about `gitops/` on a real control plane: `make test-gitops`."""
