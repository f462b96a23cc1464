def process_users(user_list):
    # user_list is ['alice', 'bob', 'charlie']
    for user in user_list:
        print(f"Processing {user}")
    return len(user_list)
