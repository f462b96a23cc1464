# Use unique prefixes for globals to avoid conflicts
MYSCRIPT_config = {...}
MYSCRIPT_cache = {}

# Or use a namespace dict
MYSCRIPT = {
    'config': {...},
    'cache': {},
    'state': {}
}

# Avoid bare global names that might conflict
# BAD:  config = {}
# GOOD: myapp_config = {}
