"""What a query asks for: each of its languages as a frozen tree, and their evaluation over an entity in memory."""
