# Python sets are automatically marshaled
my_set = {1, 2, 3, 4, 5}
result = vh.CallDynamicFunction('process_set', my_set)
# → C++ receives JSON array: [1,2,3,4,5] (order may vary)

# Frozensets also supported
frozen = frozenset(['apple', 'banana', 'cherry'])
result = vh.CallDynamicFunction('check_fruits', frozen)

# Python tuples preserve order (serialized as JSON arrays)
coordinates = (10.5, 20.3, 30.1)
result = vh.CallDynamicFunction('calculate_distance', coordinates)
# → C++ receives JSON array: [10.5, 20.3, 30.1]

# Nested tuples work
nested = (1, (2, 3), (4, (5, 6)))
result = vh.CallDynamicFunction('process_tree', nested)

# Mixed container types in single call
result = vh.CallDynamicFunction('analyze',
    ['user1', 'user2'],          # list
    ('alpha', 'beta'),            # tuple  
    {'admin', 'moderator'},       # set
    {'status': 'active'}          # dict
)
