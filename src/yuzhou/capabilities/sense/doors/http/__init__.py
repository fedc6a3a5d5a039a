"""The HTTP door: batches of readings as JSON, CSV, Arrow or CBOR, commands by long polling, and provisioning."""
