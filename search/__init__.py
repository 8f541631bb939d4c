"""Search: answers a question with moments, and with the coverage of the answer."""
