"""JT/T 808: satellite positioning terminals of road vehicles."""
