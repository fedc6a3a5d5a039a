"""NGSI-LD over HTTP (ETSI GS CIM 009, clause 6), below `/ngsi-ld/v1/`."""
