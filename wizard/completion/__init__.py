"""Completion of the command in bash, zsh and fish: one table, made from the parser, and a short reader a shell."""
