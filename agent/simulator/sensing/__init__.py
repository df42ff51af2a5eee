"""What the sensors make of what there is to see and to hit: pure."""
