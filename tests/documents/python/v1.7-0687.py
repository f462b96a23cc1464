# Connection Events
def OnNewConn(ip): pass
def OnCloseConn(ip): pass
def OnCloseConnEx(ip, reason_code, nick): pass

# User Events
def OnUserLogin(nick): pass
def OnUserLogout(nick): pass
def OnUserInList(nick): pass

# Message Events
def OnParsedMsgChat(nick, message): pass
def OnParsedMsgPM(nick, message, target): pass
def OnParsedMsgSearch(nick, search_query): pass
def OnParsedMsgSR(nick, search_result): pass
def OnParsedMsgMyINFO(nick, desc, tag, speed, email, share): pass
def OnFirstMyINFO(nick, desc, tag, speed, email, share): pass

# Operator Events
def OnOperatorCommand(nick, command): pass
def OnOperatorKicks(op_nick, nick, reason): pass
def OnOperatorDrops(op_nick, nick): pass

# Hub Events
def OnTimer(milliseconds): pass
def OnNewReg(nick, user_class, op_nick): pass
def OnNewBan(ip, nick, op_nick, reason): pass
def OnSetConfig(config, variable, value): pass

# And many more (see Event Hooks Reference below)
