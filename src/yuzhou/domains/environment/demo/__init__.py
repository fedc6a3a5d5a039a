"""The demonstration city: sample firms with simulated outlets, labelled as such."""
