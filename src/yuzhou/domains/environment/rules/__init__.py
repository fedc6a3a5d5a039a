"""The field's own computations. Pure: no Django, no input or output."""
