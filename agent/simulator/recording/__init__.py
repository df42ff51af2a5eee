"""Recordings as CARLA's recorder writes them: the file format, the folder they are kept in, and what is told of one."""
