"""Teach a network to steer: collect, dataset, augmentation, fit."""
