def validate_config(config):
    # config is {'hub_name': 'MyHub', 'max_users': 100}
    if config['max_users'] > 500:
        return {"valid": False, "error": "Too many users"}
    return {"valid": True}
