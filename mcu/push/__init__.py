"""The REST client behind ``manage.py push``: rows of a CSV in, answers counted; knows nothing of the server's insides."""
