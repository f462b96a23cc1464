vh.Topic(new_topic=None) → str  # Get or set topic
vh.GetUsersCount() → int
vh.GetTotalShareSize() → str
vh.GetServFreq() → int
vh.name_and_version() → str
vh.StopHub(exit_code)
