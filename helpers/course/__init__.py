"""What only the lessons need: figures, explorers, checks, the ledger of findings, problem sets."""
