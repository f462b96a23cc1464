# List handling
items = ['item1', 'item2', 'item3']
result = vh.CallDynamicFunction('process_list', items)
# C++ receives JSON: '["item1","item2","item3"]'

# Dictionary handling
data = {'key1': 'value1', 'key2': 42, 'nested': {'inner': True}}
result = vh.CallDynamicFunction('process_dict', data)
# C++ receives JSON: '{"key1":"value1","key2":42,"nested":{"inner":true}}'

# Set handling
tags = {'alpha', 'beta', 'gamma'}
result = vh.CallDynamicFunction('process_tags', tags)
# C++ receives JSON: '["alpha","beta","gamma"]' (order may vary)

# Tuple handling
coords = (10.5, 20.3, 30.1)
result = vh.CallDynamicFunction('calculate', coords)
# C++ receives JSON: '[10.5,20.3,30.1]'

# Mixed types
result = vh.CallDynamicFunction('complex_func', 'username', 42, ['a', 'b'], {'status': 'active'})
# C++ receives all types as JSON where applicable
