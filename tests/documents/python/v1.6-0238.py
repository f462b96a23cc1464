def get_hub_stats():
    return {
        "total_users": 42,
        "active_users": 15,
        "uptime_seconds": 36000
    }
