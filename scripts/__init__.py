"""The doors: parse, wire, loop."""
