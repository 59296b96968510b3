"""What the models produce, judged as an API server, Crossplane and a reader would."""
