"""The language of NGSI-LD (ETSI GS CIM 009): terms, entities, changes, representations, queries, temporal forms. Pure."""
