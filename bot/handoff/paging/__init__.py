"""Who is called to a case, when, and what the contact is told meanwhile."""
