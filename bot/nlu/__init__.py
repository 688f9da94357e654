"""Understanding one message: intent, urgency, language, entities and danger words."""
