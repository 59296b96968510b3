"""What the ACK engine composes, under ACK's own controllers, with moto in AWS's place."""
