# Python → JSON → C++ type preservation
42              → int64_t (64-bit signed)
3.14159         → double (64-bit IEEE 754)
"hello"         → std::string (UTF-8)
True/False      → bool
None            → null
[1, 2, 3]       → JSON array (Python list)
(1, 2, 3)       → JSON array (Python tuple)
{1, 2, 3}       → JSON array (Python set - order not preserved)
{'a': 1}        → JSON object (Python dict)

# All JSON types round-trip correctly through C++:
Python dict/list/set/tuple → JSON string → C++ parse → JSON string → Python dict/list
