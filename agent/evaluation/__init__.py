"""Evaluation runs: routes x weathers x seeds x models, driven, judged and scored."""
