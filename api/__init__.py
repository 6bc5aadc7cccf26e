"""What a program, and a browser's plain requests, see."""
