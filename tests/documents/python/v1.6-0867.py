"""Welcome new users with custom message"""

def OnUserLogin(user_ptr):
    nick = vh.GetUserNick(user_ptr)
    user_class = vh.GetUserClass(nick)
    
    if user_class == 0:  # Guest
        vh.SendToAll(f"Welcome guest {nick}! Type !help for commands.")
    elif user_class >= 4:  # Operator
        vh.SendToOpChat(f"Operator {nick} has logged in.", "WelcomeBot")
    
    return 1
