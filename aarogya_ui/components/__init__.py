"""Layout only: what a component shows comes from the state that it is given."""
