vh.GetConfig(config_type, variable) → str
vh.SetConfig(config_type, variable, value) → bool
