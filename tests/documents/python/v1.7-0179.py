vh.SendToOpChat(message, from_nick=None)
vh.SendDataToAll(data, min_class, max_class, delay=0)
vh.SendDataToUser(data, nick, delay=0)
vh.SendPMToAll(message, from_nick, min_class, max_class)
vh.usermc(nick, message)     # Send main chat to specific user
vh.pm(nick, message)          # Send private message
vh.mc(message)                # Send to main chat as bot
vh.classmc(message, min_class, max_class)  # Send to class range
