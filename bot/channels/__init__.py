"""The only code that knows a messenger."""
