"""What people do with their own accounts: register, prove an address, change a password, take their data, go."""
