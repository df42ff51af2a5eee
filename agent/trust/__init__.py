"""Whether a method's maps are worth believing: measured on a network and frames, beside controls that know nothing."""
