import vh

def OnUserLogin(nick):
    # Call dynamically registered C++ function
    try:
        result = vh.CallDynamicFunction('get_stats', nick)
        if result:
            msg_count, login_count = result
            vh.pm(nick, f"Your stats: {msg_count} messages, {login_count} logins")
    except Exception as e:
        print(f"Error calling get_stats: {e}")
    
def some_function():
    # Call simple math function
    result = vh.CallDynamicFunction('add', 10, 20)
    print(f"10 + 20 = {result}")  # Output: 30
    
    # Call string function
    reversed_text = vh.CallDynamicFunction('reverse', "Hello")
    print(reversed_text)  # Output: "olleH"
    
    # Call with list argument
    fruits = ['apple', 'banana', 'cherry']
    reversed_fruits = vh.CallDynamicFunction('reverse_list', fruits)
    print(reversed_fruits)  # Output: ['cherry', 'banana', 'apple']
    
    # Call with dictionary argument
    user_data = {'name': 'Alice', 'age': 30}
    processed_data = vh.CallDynamicFunction('add_field', user_data)
    print(processed_data)  # Output: {'processed': True, 'name': 'Alice', 'age': 30}
