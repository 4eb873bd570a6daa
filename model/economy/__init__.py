"""The economy of every run: agents, markets, accounts, and the drivers that a closure fixes."""
