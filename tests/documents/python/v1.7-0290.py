# Connection close reasons
vh.eCR_KICKED
vh.eCR_TIMEOUT
vh.eCR_BANNED
vh.eCR_TO_ANYACTION
vh.eCR_LOGIN_ERR
vh.eCR_SYNTAX
vh.eCR_INVALID_KEY
vh.eCR_RECONNECT
vh.eCR_QUIT
vh.eCR_FORCEMOVE
vh.eCR_HUB_LOAD
vh.eCR_PLUGIN
vh.eCR_SHARE_LIMIT

# Bot validation results
vh.eBOT_OK
vh.eBOT_EXISTS
vh.eBOT_BAD_CHARS

# Ban types
vh.eBF_NICKIP
vh.eBF_IP
vh.eBF_NICK
vh.eBF_RANGE
vh.eBF_HOST1
vh.eBF_HOST2
vh.eBF_HOST3
vh.eBF_HOSTR1
vh.eBF_PREFIX
vh.eBF_REVERSE
