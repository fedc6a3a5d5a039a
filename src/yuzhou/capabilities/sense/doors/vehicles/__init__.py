"""What the doors of vehicles share: checks, connections, and the process that opens their ports."""
