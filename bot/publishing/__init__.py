"""Publishing: edited files become what the line says, once nothing in them is wrong."""
