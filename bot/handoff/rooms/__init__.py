"""What operators and editors see at the desk: a room a case, one each, one for editors."""
