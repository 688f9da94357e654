"""The Rasa components of Helpline: sentence encoder, n-grams, judge of intent and urgency."""
