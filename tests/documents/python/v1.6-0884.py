"""Track hub statistics and provide query API"""

import json
from collections import defaultdict

stats = {
    "total_logins": 0,
    "total_messages": 0,
    "peak_users": 0,
    "users_by_class": defaultdict(int)
}

def OnUserLogin(user_ptr):
    stats["total_logins"] += 1
    current_users = vh.GetUsersCount()
    stats["peak_users"] = max(stats["peak_users"], current_users)
    
    nick = vh.GetUserNick(user_ptr)
    user_class = vh.GetUserClass(nick)
    stats["users_by_class"][user_class] += 1
    
    return 1

def OnParsedMsgChat(conn_ptr, msg_ptr):
    stats["total_messages"] += 1
    return 1

# Called from C++ for monitoring
def get_stats():
    """Return statistics as dict (JSON)"""
    return dict(stats)

def get_peak_users():
    """Return peak user count"""
    return stats["peak_users"]
