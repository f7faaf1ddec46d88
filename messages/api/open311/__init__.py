"""Open311 GeoReport v2 (docs/open311.md): the same door as the REST interface, in the words that its clients speak."""
