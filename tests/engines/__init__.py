"""What every engine must be able to do."""
