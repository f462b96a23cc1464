def get_online_users():
    return ["Alice", "Bob", "Charlie"]  # Python list
