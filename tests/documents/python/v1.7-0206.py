# Modern Python list returns:
vh.GetNickList() → list[str]
vh.GetOpList() → list[str]
vh.GetBotList() → list[str]

# Raw protocol strings (for compatibility):
vh.GetRawNickList() → str     # "$NickList user1$$user2$$"
vh.GetRawOpList() → str
vh.GetRawBotList() → str
