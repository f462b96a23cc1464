import vh

# Send messages
vh.SendToAll("Announcement to everyone!")
vh.SendToOpChat("Message to operators")
vh.pm("username", "Private message")

# User management
user_class = vh.GetUserClass("SomeUser")
vh.KickUser("OpNick", "BadUser", "Reason for kick")
vh.Ban("OpNick", "SpamUser", "Spamming", 3600, 1)  # 1 hour ban

# Get information
nick_list = vh.GetNickList()  # Returns Python list
op_list = vh.GetOpList()
user_count = vh.GetUsersCount()
hub_topic = vh.Topic()

# Configuration
max_users = vh.GetConfig("config", "max_users")
vh.SetConfig("config", "hub_topic", "Welcome to our hub!")
