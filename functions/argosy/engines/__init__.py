"""Who makes AWS resources: one folder per engine; engines know nothing of one another."""
