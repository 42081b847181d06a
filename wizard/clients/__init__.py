"""One thin typed client per service, over the vendor's own SDK: short time limits, frozen rows, engine errors."""
