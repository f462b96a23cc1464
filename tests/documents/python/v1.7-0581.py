# Call a dynamically registered C++ function
result = vh.CallDynamicFunction(func_name, arg1, arg2, ...)
