"""Writing NGSI-LD entities."""
