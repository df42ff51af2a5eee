"""OpenDRIVE -> a road network: geometry, lanes, marks, objects, where a place lies; and the built-in map."""
