"""The version, in the one place that a checkout without an installed package has too."""

VERSION = "0.1.0"
