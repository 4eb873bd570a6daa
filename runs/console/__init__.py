"""What is printed and how a command ends."""
