import vh

print(vh.myid)         # Script ID (unique per loaded script)
print(vh.botname)      # Bot nickname for this script
print(vh.opchatname)   # OpChat nickname
print(vh.name)         # Script name
print(vh.path)         # Script file path
print(vh.config_name)  # Configuration name
