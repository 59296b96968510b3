"""Crossplane's real reconciler and CLI around a running function: what a hub would do with our answer."""
