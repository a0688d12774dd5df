"""What the functions of the surveys stack share."""
