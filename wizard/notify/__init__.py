"""Tells a person who looks elsewhere that a long wait has ended: by bell, by terminal notification, by webhook."""
