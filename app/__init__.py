"""Maskwright: label images with Segment Anything, offline."""

__version__ = "0.1.0"
