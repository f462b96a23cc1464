import datetime
import json
import re
import urllib.request
import sqlite3
import threading      # Works better in single-interpreter mode
import asyncio        # Works better in single-interpreter mode
# ... any standard library module
