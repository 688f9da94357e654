"""What operators do at the desk: words, commands and buttons, each act once and whole."""
