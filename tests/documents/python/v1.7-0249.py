vh.AddRobot(nick, user_class, desc, speed, email, share)
vh.DelRobot(nick)
vh.IsRobotNickBad(nick) → int
