"""What a hostile author, a broken neighbour and plain noise send to the function."""
