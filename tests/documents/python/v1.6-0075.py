#!/usr/bin/env python3
"""
Simple Verlihub Python script demonstrating event hooks
"""

# Called when a user sends a chat message
def OnParsedMsgChat(conn_ptr, msg_ptr):
    # conn_ptr and msg_ptr are opaque pointers - use vh.* functions
    # Return 1 to allow message, 0 to block
    return 1

# Called when a user logs in
def OnUserLogin(user_ptr):
    nick = vh.GetUserNick(user_ptr)
    vh.SendToAll(f"Welcome {nick}!")
    return 1

# Called every second (if registered)
def OnTimer(msec):
    # Periodic tasks
    return 1
