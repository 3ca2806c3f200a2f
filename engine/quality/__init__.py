"""What is wrong with the data: each kind of trouble one file in `kinds`, told as findings."""
