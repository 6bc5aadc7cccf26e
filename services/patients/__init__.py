"""The people whom a clinic treats, as its staff finds and keeps them."""
