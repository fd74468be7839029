"""Commonweal: the service through which a place looks after itself."""

__version__ = "0.1.0"
