"""The product as a person meets it: started by ``manage.py up``, used in a real browser."""
