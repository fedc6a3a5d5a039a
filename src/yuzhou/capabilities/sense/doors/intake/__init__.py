"""What every door needs between its wire and the store: the directory, the queue, the answer after the commit."""
