"""The hub in Git, `gitops/`: what Argo CD makes of it, judged without a hub."""
