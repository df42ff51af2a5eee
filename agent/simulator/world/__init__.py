"""The simulated world and what each call does to it; no sockets, no pictures."""
