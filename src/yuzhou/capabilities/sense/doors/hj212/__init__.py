"""HJ 212: the protocol by which data loggers (数采仪) of polluters report to the authority, as codec, session and gateway."""
