"""The business: plain async functions. No Reflex, no HTTP."""
