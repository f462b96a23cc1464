import vh

def OnParsedMsgChat(nick, message):
    """Handle chat messages with full hub interaction"""
    
    if message.startswith("!info"):
        # Get user information
        user_class = vh.GetUserClass(nick)
        user_ip = vh.GetUserIP(nick)
        user_cc = vh.GetUserCC(nick)
        
        # Get hub statistics
        user_count = vh.GetUsersCount()
        hub_topic = vh.Topic()
        
        # Send detailed response
        info = f"""User Info for {nick}:
Class: {user_class}
IP: {user_ip}
Country: {user_cc}

Hub Stats:
Online Users: {user_count}
Topic: {hub_topic}"""
        
        vh.pm(nick, info)
        return 0  # Block the command from appearing in chat
    
    elif message.startswith("!ops"):
        # Get operator list
        ops = vh.GetOpList()
        vh.pm(nick, f"Operators: {', '.join(ops)}")
        return 0
    
    elif message.startswith("!users"):
        # Get all users
        users = vh.GetNickList()
        vh.pm(nick, f"Total users ({len(users)}): {', '.join(users[:10])}...")
        return 0
    
    return 1  # Allow normal messages

def OnUserLogin(nick):
    """Welcome new users"""
    user_class = vh.GetUserClass(nick)
    
    if user_class >= 3:  # Operator or higher
        vh.SendToOpChat(f"{nick} (operator) has logged in")
    else:
        vh.SendToAll(f"Welcome {nick}!")
    
    return 1

def OnTimer(msec):
    """Periodic tasks"""
    # Example: Check user count every ~10 seconds
    if int(msec) % 10000 < 1000:
        count = vh.GetUsersCount()
        if count > 100:
            vh.SendToOpChat(f"High load: {count} users online")
    
    return 1
