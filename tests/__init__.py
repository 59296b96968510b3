"""Tests of Argosy; a package, so that one area can import the infrastructure of another."""
