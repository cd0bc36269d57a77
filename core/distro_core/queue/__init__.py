"""Jobs: waking workers. What is to be done stands in MongoDB."""
