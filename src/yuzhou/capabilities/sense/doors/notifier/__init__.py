"""The notifier: tells subscribers of what changed, over HTTP and MQTT (ETSI GS CIM 009, clauses 5.8.6, 6.3.9, 7)."""
