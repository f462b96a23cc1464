# Python side - arbitrary nested structures work seamlessly
result = vh.CallDynamicFunction('process_data',
    'user123',  # String (format 's')
    42,         # Integer (format 'l')
    {           # Dict → JSON (format 'D')
        'settings': {
            'theme': 'dark',
            'notifications': True,
            'limits': [10, 100, 1000]
        },
        'stats': {
            'messages': 1234,
            'uptime': 56789.12,
            'flags': [1, 2, 3, 5, 8]
        }
    },
    [           # Complex list → JSON (format 'D')
        {'name': 'Alice', 'score': 95.5},
        {'name': 'Bob', 'score': 87.0},
        {'name': 'Charlie', 'score': 92.3}
    ]
)

# C++ side automatically receives JSON-marshaled data
w_Targs* ProcessData(int id, w_Targs* args) {
    char *username;
    long count;
    char *settings_json;  // Auto-marshaled from Python dict
    char *users_json;     // Auto-marshaled from Python list
    
    w_unpack(args, "slDD", &username, &count, &settings_json, &users_json);
    
    // Can parse JSON in C++ using RapidJSON or return to Python
    return w_pack("D", strdup("{\"status\": \"processed\"}"));
}
