import json
import re
import sys
from datetime import datetime

# All standard library imports work out of the box
data = json.dumps({"time": datetime.now().isoformat()})
