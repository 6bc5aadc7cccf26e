"""Leave, closures and cuts of hours, with whom they strand moved along."""
