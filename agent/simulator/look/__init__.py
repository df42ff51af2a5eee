"""Road network -> scene -> pictures and labels."""
