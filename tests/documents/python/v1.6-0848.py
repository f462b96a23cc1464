"""Block messages containing banned words"""

BANNED_WORDS = ["spam", "advertisement", "buy now"]

def OnParsedMsgChat(conn_ptr, msg_ptr):
    message = vh.GetChatMessage(msg_ptr)
    
    for word in BANNED_WORDS:
        if word.lower() in message.lower():
            nick = vh.GetConnNick(conn_ptr)
            vh.SendToUser(conn_ptr, f"Message blocked: contains '{word}'")
            return 0  # Block message
    
    return 1  # Allow message
