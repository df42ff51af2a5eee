"""The embedded simulator: a CARLA-protocol server on the CPU. Imports nothing of the rest of the project."""
