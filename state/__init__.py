"""UI state on the server: one file a page, of the page's name."""
