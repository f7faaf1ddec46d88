"""Letters as they really come: pure reading of bytes into words, files and signs of what sort of letter it is."""
