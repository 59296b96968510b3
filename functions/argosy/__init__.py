"""Argosy: one claim in Git becomes a production EKS cluster that Argo CD knows."""

__version__ = "0.1.0"
