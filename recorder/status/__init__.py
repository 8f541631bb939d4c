"""What is known of every camera now, and which one needs a person first."""
