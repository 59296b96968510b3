"""What users write: pydantic models from which XRDs, reference docs and error messages come."""
