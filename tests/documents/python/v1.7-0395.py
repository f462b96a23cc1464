import vh

# Encode special characters for safe transmission
original = "Test$Message|With`Special~Chars"
encoded = vh.Encode(original)  
# Result: "Test&#36;Message&#124;With&#96;Special&#126;Chars"

# Decode back to original
decoded = vh.Decode(encoded)
assert decoded == original

# Character mappings:
# $ ↔ &#36;
# | ↔ &#124;
# ` ↔ &#96;
# ~ ↔ &#126;
# \x05 ↔ &#5;
