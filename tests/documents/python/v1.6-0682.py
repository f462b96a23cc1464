# test_script.py
def test_user_validation():
    """Test user validation logic"""
    assert validate_user("ValidNick") == True
    assert validate_user("Invalid Nick") == False

def test_message_filter():
    """Test message filtering"""
    assert should_block("spam message") == True
    assert should_block("normal chat") == False

# Run from command line
if __name__ == "__main__":
    test_user_validation()
    test_message_filter()
    print("All tests passed!")
