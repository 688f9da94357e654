"""The only code that knows SQL, and the only code that opens what is sealed."""
