"""CARLA's wire protocol: bytes, structs and messages, streams and connections; knows no world."""
