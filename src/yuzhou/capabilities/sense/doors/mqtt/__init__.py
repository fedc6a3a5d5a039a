"""MQTT 3.1.1: own topics and Sparkplug B, through the MQTT door of the bus."""
