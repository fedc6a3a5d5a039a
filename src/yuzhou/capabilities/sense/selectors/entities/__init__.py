"""Finding NGSI-LD entities."""
