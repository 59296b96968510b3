"""Everything that the models produce and that is checked in: XRDs, Compositions, activation policies, reference docs.

A field stands once, in `argosy.api`; what API servers, Crossplane and people read of it is written from there, so it
cannot drift. The files are checked in all the same, because a review must see what a change does to them.
"""
