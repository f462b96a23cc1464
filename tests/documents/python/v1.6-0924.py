"""Demonstrate advanced type marshaling"""

def get_online_users():
    """Return list of online users - called from C++"""
    nick_list = vh.GetNickList()  # "nick1$$nick2$$nick3"
    return nick_list.split("$$") if nick_list else []

def process_user_batch(user_list):
    """Receive list from C++, process, return count"""
    processed = 0
    for nick in user_list:
        user_class = vh.GetUserClass(nick)
        if user_class >= 0:  # User exists
            # ... process user ...
            processed += 1
    return processed

def get_hub_config():
    """Return hub configuration as dict"""
    return {
        "hub_name": vh.GetConfig("hub_name"),
        "max_users": int(vh.GetConfig("max_users")),
        "min_share": int(vh.GetConfig("min_share")),
        "features": ["chat", "search", "pm"]
    }

def update_settings(config_dict):
    """Receive configuration dict from C++"""
    if "hub_name" in config_dict:
        vh.SetConfig("hub_name", config_dict["hub_name"])
    if "max_users" in config_dict:
        vh.SetConfig("max_users", str(config_dict["max_users"]))
    return {"status": "updated", "changes": len(config_dict)}
