import vh

# Broadcast messages
vh.SendToAll("Hub announcement!")
vh.SendToOpChat("Operator message", "BotNick")
vh.usermc("TargetNick", "Private message", "FromNick")
vh.classmc("Message to class 3+", 3, "BotNick")
vh.pm("FromNick", "ToNick", "Private message")

# User information
user_class = vh.GetUserClass("Username")
user_ip = vh.GetUserIP("Username")
user_host = vh.GetUserHost("Username")
user_cc = vh.GetUserCC("Username")  # Country code
nick_list = vh.GetNickList()  # "nick1$$nick2$$nick3"
op_list = vh.GetOpList()
bot_list = vh.GetBotList()
user_count = vh.GetUsersCount()

# User management
vh.KickUser("OpNick", "UserToKick", "Reason")
vh.Ban("OpNick", "UserToBan", "Reason", 3600, 1)  # 1 hour ban
vh.AddRegUser("Username", 1, "password")  # Class 1
vh.DelRegUser("Username")
vh.SetRegClass("Username", 3)

# Database operations
result = vh.SQL(0, "SELECT * FROM users WHERE class > 1")

# Hub control
vh.StopHub(0)  # Graceful shutdown
vh.SetConfig("hub_name", "My Hub")
config_value = vh.GetConfig("max_users")
