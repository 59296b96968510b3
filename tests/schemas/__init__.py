"""The providers' own schemas, so that no emitted manifest is judged by our idea of a kind alone."""
