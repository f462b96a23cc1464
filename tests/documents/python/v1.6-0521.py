def get_stats():
    """Called from C++ - returns statistics"""
    return total_processed_items

def process_user(username, user_id):
    """Called from C++ with arguments"""
    # Process user
    return 1  # Success
