"""The door through which gunicorn serves the product."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mcu.settings")

application = get_wsgi_application()
