"""GB/T 32960.3: vehicles with electric drives, and the platforms that forward them."""
