vh.SetMyINFO(nick, desc="", tag="", speed="", email="", share=0)
vh.SetUserIP(nick, ip)
vh.SetMyINFOFlag(nick, flag)
vh.UnsetMyINFOFlag(nick, flag)
vh.UserRestrictions(nick, nochat="", nopm="", nosearch="", noctm="")
vh.ParseCommand(nick, command, is_pm)
vh.ScriptCommand(cmd, data, plugin)
vh.SQL(query_type, query)
vh.Encode(string) → str       # Encode DC++ special chars to HTML entities
vh.Decode(string) → str       # Decode HTML entities back to chars

# Dynamic function calls (see Dynamic Function Registration section)
vh.CallDynamicFunction(func_name, arg1, arg2, ...) → varies
