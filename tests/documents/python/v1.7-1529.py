import re

banned_words = re.compile(r'\b(badword1|badword2)\b', re.I)

def OnParsedMsgChat(nick, msg):
    if banned_words.search(msg):
        vh.usermc("Message blocked", nick)
        return 0  # Block
    
    # Substitute message for specific users
    if nick in leet_users:
        return nick, make_leet(msg)
    
    return 1  # Allow
