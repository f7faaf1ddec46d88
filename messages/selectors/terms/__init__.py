"""What the pages of terms show."""
