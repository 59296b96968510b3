"""Tests of the IAM documents."""
