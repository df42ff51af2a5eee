"""How vehicles move and bump; pure."""
