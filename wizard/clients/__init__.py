"""One thin typed client per service, over the vendor's own SDK."""
