vh.GetUserClass(nick) → int   # Returns 0-10
vh.GetUserHost(nick) → str
vh.GetUserIP(nick) → str
vh.GetUserCC(nick) → str      # Country code
vh.GetIPCC(ip) → str
vh.GetIPCN(ip) → str          # Country name
vh.GetIPASN(ip) → str         # ASN info
vh.GetGeoIP(ip) → str
vh.GetMyINFO(nick) → str      # Full $MyINFO protocol string
