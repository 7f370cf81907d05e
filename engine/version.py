"""The version, for the pages."""

from store.version import VERSION as VERSION
