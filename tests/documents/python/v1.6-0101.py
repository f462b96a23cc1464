import vh  # Verlihub API module

# Send messages
vh.SendToAll("Announcement to everyone!")
vh.SendToOpChat("Message to operators", "BotNick")
vh.usermc("TargetNick", "Private message", "FromNick")

# User management
user_class = vh.GetUserClass("SomeUser")
vh.KickUser("OpNick", "BadUser", "Reason")
vh.Ban("OpNick", "BadUser", "Spam", 3600, 1)  # 1 hour ban

# Information gathering
nick_list = vh.GetNickList()  # Returns string "nick1$$nick2$$nick3"
op_list = vh.GetOpList()
user_count = vh.GetUsersCount()

# Database operations
result = vh.SQL(0, "SELECT * FROM users WHERE class > 1")
