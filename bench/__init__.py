"""``make bench``: how fast the product is on this machine with many messages in it, against the bars it must keep."""
